import { defineRows, field } from "../define-rows.ts";

export type EventState = "stored" | "applied" | "ignored" | "quarantined";

/**
 * The inbox: what LINE or a caller told us, stored before it is answered and applied once afterwards.
 * `_id` is `channelId/webhookEventId` for LINE's events, `workspaceId/track/messageId` for callers' facts and
 * `workspaceId/api/…` for what an operator or a caller asked to be done to a person.
 */
export interface EventRow {
  _id: string;
  workspaceId: string;
  channelId: string | null;
  source: "line" | "track" | "api";
  type: string;
  /** LINE's webhookEventId or the caller's messageId: breaks ties of time. */
  eventId: string;
  occurredAt: Date;
  receivedAt: Date;
  state: EventState;
  reason: string | null;
  lineUserId: string | null;
  /** Whom it is about: the profile that the name in it belongs to, even while that is merged into another. */
  profileId: string | null;
  appliedAt: Date | null;
  /** When the sweeper may hand it to the queue (again); null once nothing is left to do. */
  nextAt: Date | null;
  /** Only the fields that we know, never the whole of what came. */
  body: Record<string, unknown>;
  /** Of what the event says, without what may differ on a redelivery: tells a duplicate from a contradiction. */
  hash?: string | null;
  /**
   * Alias keys of those whom it names, written with its end where it names several: a name in it may be somebody's who
   * is not whom it is about, and has to be found when they are forgotten.
   */
  names?: string[];
  /** How often applying it failed by its own fault; absent until then. */
  tries?: number;
  expireAt: Date;
}

export const eventRows = defineRows<EventRow>({
  collection: "events",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    channelId: field.maybeText,
    source: field.text,
    type: field.text,
    eventId: field.text,
    occurredAt: field.time,
    receivedAt: field.time,
    state: field.text,
    reason: field.maybeText,
    lineUserId: field.maybeText,
    profileId: field.maybeText,
    appliedAt: field.maybeTime,
    nextAt: field.maybeTime,
    body: field.nested,
    hash: field.maybeText,
    names: { type: [String], default: undefined },
    tries: { type: Number },
    expireAt: field.time,
  },
  indexes: [
    { keys: { state: 1, nextAt: 1 } },
    { keys: { profileId: 1, occurredAt: 1, _id: 1 } },
    { keys: { channelId: 1, receivedAt: 1 } },
    { keys: { names: 1 }, sparse: true },
    { keys: { expireAt: 1 }, expireAfterSeconds: 0 },
  ],
});
