import { Failure } from "@yubin/errors";
import {
  canonicalId,
  checkIdentifier,
  idFrom,
  limits,
  type TrackKind,
  type ValueProblem,
} from "@yubin/types";

import { eventHash } from "./event-hash.ts";
import type { InboundEvent } from "./inbound-event.ts";

/** Where and when a caller's fact came in. */
export interface FactPlace {
  readonly workspaceId: string;
  readonly idempotencyKey: string | undefined;
  readonly newId: () => string;
  readonly receivedAt: Date;
}

/** What every fact of a caller may say besides what it is. */
export interface FactNames {
  readonly userId?: string | undefined;
  readonly anonymousId?: string | undefined;
  readonly messageId?: string | undefined;
  readonly timestamp?: string | undefined;
}

export interface Told {
  readonly type: TrackKind;
  readonly names: FactNames;
  readonly occurredAt: Date;
  readonly lineUserId: string | null;
  readonly body: Record<string, unknown>;
}

/** A caller's fact as an event to store; the same message id is the same fact. */
export const trackedEvent = (told: Told, place: FactPlace): InboundEvent => {
  const { type, names, occurredAt, lineUserId } = told;
  const body = { ...told.body, timestamp: occurredAt.toISOString() };
  const eventId = eventIdOf(names, place);
  return {
    id: `${place.workspaceId}/track/${eventId}`,
    workspaceId: place.workspaceId,
    channelId: null,
    source: "track",
    type,
    eventId,
    occurredAt,
    receivedAt: place.receivedAt,
    quarantined: null,
    lineUserId,
    body,
    hash: eventHash(type, 0, names.timestamp ? body : { ...body, timestamp: null }),
  };
};

/** What the caller can name the fact by. */
export const publicEventId = ({ workspaceId, eventId }: InboundEvent): string =>
  idFrom("evt", workspaceId, "track", eventId);

/** The names under their one spelling. */
export const namesOf = ({ userId, anonymousId }: FactNames) => ({
  ...(userId === undefined ? {} : { userId: canonicalId(userId) }),
  ...(anonymousId === undefined ? {} : { anonymousId: canonicalId(anonymousId) }),
});

export const namesProblem = ({
  userId,
  anonymousId,
  messageId,
}: FactNames): ValueProblem | undefined =>
  idProblem(userId, "userId") ??
  idProblem(anonymousId, "anonymousId") ??
  idProblem(messageId, "messageId");

const idProblem = (id: string | undefined, field: string): ValueProblem | undefined =>
  id === undefined ? undefined : checkIdentifier(id, field);

/** A time ahead of ours would win over everything told later. */
export const occurredAtOf = ({ timestamp }: FactNames, receivedAt: Date): Date => {
  if (timestamp === undefined) return receivedAt;
  const at = new Date(timestamp);
  if (Number.isNaN(at.getTime()) || at.getTime() < 0)
    throw new Failure("date_invalid", "not a date that exists", { field: "timestamp" });
  if (at.getTime() > receivedAt.getTime() + limits.eventFutureMaxMs)
    throw new Failure("date_invalid", "more than 10 minutes in the future", { field: "timestamp" });
  return at > receivedAt ? receivedAt : at;
};

const eventIdOf = ({ messageId }: FactNames, place: FactPlace): string => {
  if (messageId !== undefined) return canonicalId(messageId);
  if (place.idempotencyKey !== undefined)
    return idFrom("evt", place.workspaceId, "key", place.idempotencyKey);
  return place.newId();
};
