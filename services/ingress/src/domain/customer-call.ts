import { Failure } from "@yubin/errors";
import {
  isLineUserId,
  type CustomerAttributes,
  type CustomerEvent,
  type IdentifyRequest,
} from "@yubin/types";

import { identifyEvent } from "./identify.ts";
import type { InboundEvent } from "./inbound-event.ts";
import { trackCallEvent } from "./track-call.ts";
import type { FactPlace } from "./tracked-event.ts";

export interface CustomerCall {
  readonly userId: string;
  readonly attributes: CustomerAttributes;
  readonly providers: ReadonlySet<string>;
}

/** What Customer.io's identify call says, as the event of an identify call. The key is a server's, so its LINE ID counts. */
export const customerIdentifyEvent = (call: CustomerCall, place: FactPlace): InboundEvent => {
  const { anonymous_id: anonymousId, line_id: lineUserId, line_provider } = call.attributes;
  const request: IdentifyRequest = {
    userId: call.userId,
    ...(anonymousId === undefined ? {} : { anonymousId }),
    traits: traitsOf(call.attributes),
    ...(lineUserId ? { context: { line: lineOf(lineUserId, line_provider, call.providers) } } : {}),
  };
  return inTheirWords(() => identifyEvent(request, place));
};

/** What somebody did, told in Customer.io's words. */
export const customerEventEvent = (
  { name, type = "event", data, timestamp, id, anonymous_id: anonymousId }: CustomerEvent,
  userId: string | undefined,
  place: FactPlace,
): InboundEvent => {
  const request = {
    ...(userId === undefined ? {} : { userId }),
    ...(anonymousId === undefined ? {} : { anonymousId }),
    ...(data ? { properties: data } : {}),
    ...(id === undefined ? {} : { messageId: id }),
    ...(timestamp === undefined ? {} : { timestamp: timeOf(timestamp, "timestamp").toISOString() }),
  };
  return inTheirWords(() =>
    type === "event"
      ? trackCallEvent("track", { ...request, event: name }, place)
      : trackCallEvent(type, { ...request, name }, place),
  );
};

/** Everything that has no meaning of its own is a trait; times are seconds and stay what they were told as. */
const traitsOf = (attributes: CustomerAttributes): NonNullable<IdentifyRequest["traits"]> => {
  const createdAt = attributes["created_at"];
  if (createdAt !== undefined && createdAt !== null) timeOf(createdAt, "created_at");
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([key, value]) =>
      value === undefined || notTraits.has(key) ? [] : [[key, value]],
    ),
  );
};

const notTraits = new Set(["id", "cio_id", "anonymous_id", "line_id", "line_provider", "_update"]);

const lineOf = (userId: string, given: string | null | undefined, known: ReadonlySet<string>) => {
  if (!isLineUserId(userId))
    throw new Failure("identifier_invalid", "not a LINE user ID (U and 32 hex digits)", {
      field: "line_id",
    });
  const [first, ...others] = known;
  const provider = given ?? (others.length === 0 ? first : undefined);
  const field = "line_provider";
  if (provider === undefined && first !== undefined)
    throw new Failure(
      "provider_missing",
      `there are channels of ${known.size} providers: say whose LINE ID it is`,
      { field },
    );
  if (provider === undefined || !known.has(provider))
    throw new Failure("provider_unknown", "no connected channel has this provider", { field });
  return { provider, userId };
};

/** No time that is meant in seconds is later: that would be the year 5138, or milliseconds. */
const secondsMax = 1e11;

const timeOf = (seconds: unknown, field: string): Date => {
  if (typeof seconds !== "number" || seconds < 0 || seconds >= secondsMax)
    throw new Failure("date_invalid", "not a time in seconds since 1970", { field });
  return new Date(Math.floor(seconds * 1_000));
};

/** Whoever writes `email` is not helped by hearing of `traits.email`. */
const inTheirWords = (make: () => InboundEvent): InboundEvent => {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Failure) || error.field === undefined) throw error;
    const field = theirNames[error.field] ?? error.field.replace(/^traits\.?/, "");
    throw new Failure(
      error.code,
      error.message,
      field === "" ? {} : { field: field.replace(/^properties/, "data") },
    );
  }
};

const theirNames: Readonly<Record<string, string>> = {
  userId: "id",
  anonymousId: "anonymous_id",
  messageId: "id",
  event: "name",
};
