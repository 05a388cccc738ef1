import { Failure } from "@yubin/errors";
import {
  canonicalId,
  checkAttributes,
  checkEmail,
  checkIdentifier,
  idFrom,
  limits,
  type IdentifyRequest,
  type ValueProblem,
} from "@yubin/types";

import { eventHash } from "./event-hash.ts";
import type { InboundEvent } from "./inbound-event.ts";

export interface IdentifyPlace {
  readonly workspaceId: string;
  readonly idempotencyKey: string | undefined;
  readonly newId: () => string;
  readonly receivedAt: Date;
}

/** What an identify call says, as an event to store. Fails where it cannot be about one person. */
export const identifyEvent = (request: IdentifyRequest, place: IdentifyPlace): InboundEvent => {
  refuseProofs(request.context?.line);
  const problem = identifyProblem(request);
  if (problem) throw new Failure(problem.code, problem.message, { field: problem.field });
  const line = request.context?.line;
  if (request.userId === undefined && request.anonymousId === undefined && !line?.userId)
    throw new Failure("request_invalid", "needs userId, anonymousId or context.line.userId");

  const occurredAt = occurredAtOf(request, place.receivedAt);
  const body = {
    ...(request.userId === undefined ? {} : { userId: canonicalId(request.userId) }),
    ...(request.anonymousId === undefined ? {} : { anonymousId: canonicalId(request.anonymousId) }),
    ...(request.traits ? { traits: request.traits } : {}),
    ...(line ? { context: { line } } : {}),
    timestamp: occurredAt.toISOString(),
  };
  const eventId = eventIdOf(request, place);
  return {
    id: `${place.workspaceId}/track/${eventId}`,
    workspaceId: place.workspaceId,
    channelId: null,
    source: "track",
    type: "identify",
    eventId,
    occurredAt,
    receivedAt: place.receivedAt,
    quarantined: null,
    lineUserId: line?.userId ?? null,
    body,
    hash: eventHash("identify", 0, request.timestamp ? body : { ...body, timestamp: null }),
  };
};

/** What the caller can name the fact by; the same message id is the same fact. */
export const publicEventId = ({ workspaceId, eventId }: InboundEvent): string =>
  idFrom("evt", workspaceId, "track", eventId);

/** Refused and not passed over: who gives a proof must not believe that it was looked at. Nothing of it is kept. */
const refuseProofs = (line: NonNullable<IdentifyRequest["context"]>["line"]): void => {
  const kind = (["idToken", "linkToken"] as const).find((one) => line?.[one] !== undefined);
  if (kind !== undefined)
    throw new Failure(
      "proof_unsupported",
      "the only proof taken here is an API key of the server that names context.line.userId",
      { field: `context.line.${kind}` },
    );
};

const identifyProblem = (request: IdentifyRequest): ValueProblem | undefined => {
  const { userId, anonymousId, messageId, traits } = request;
  return (
    idProblem(userId, "userId") ??
    idProblem(anonymousId, "anonymousId") ??
    idProblem(messageId, "messageId") ??
    (traits ? (emailProblem(traits["email"]) ?? checkAttributes(traits, "traits")) : undefined)
  );
};

const idProblem = (id: string | undefined, field: string): ValueProblem | undefined =>
  id === undefined ? undefined : checkIdentifier(id, field);

/** An e-mail address as a trait: absent, null, or one. */
export const emailProblem = (email: unknown): ValueProblem | undefined => {
  if (email === undefined || email === null) return undefined;
  return typeof email === "string"
    ? checkEmail(email, "traits.email")
    : { code: "type_invalid", field: "traits.email", message: "must be of type string" };
};

/** A time ahead of ours would win over everything told later. */
const occurredAtOf = ({ timestamp }: IdentifyRequest, receivedAt: Date): Date => {
  if (timestamp === undefined) return receivedAt;
  const at = new Date(timestamp);
  if (Number.isNaN(at.getTime()) || at.getTime() < 0)
    throw new Failure("date_invalid", "not a date that exists", { field: "timestamp" });
  if (at.getTime() > receivedAt.getTime() + limits.eventFutureMaxMs)
    throw new Failure("date_invalid", "more than 10 minutes in the future", { field: "timestamp" });
  return at > receivedAt ? receivedAt : at;
};

const eventIdOf = (request: IdentifyRequest, place: IdentifyPlace): string => {
  if (request.messageId !== undefined) return canonicalId(request.messageId);
  if (place.idempotencyKey !== undefined)
    return idFrom("evt", place.workspaceId, "key", place.idempotencyKey);
  return place.newId();
};
