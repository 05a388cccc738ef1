/** A stored event that waits to be applied. */
export interface InboxEvent {
  readonly id: string;
  readonly workspaceId: string;
  readonly channelId: string | null;
  readonly source: "line" | "track" | "api";
  readonly type: string;
  readonly eventId: string;
  readonly occurredAt: Date;
  readonly receivedAt: Date;
  readonly expireAt: Date;
  /** Only where the event may be linked to a person. */
  readonly lineUserId: string | null;
  readonly body: Readonly<Record<string, unknown>>;
  /** How often applying it failed by its own fault. */
  readonly tries: number;
}

/** Why an event had less than its whole effect. */
export type EventReason =
  /** Two people who seem to be one: merged by law once somebody may. */
  | "merge_pending"
  /** Two external ids claim one LINE ID: people decide. */
  | "conflict_pending"
  | "too_many_links"
  | "limit_exceeded"
  | "channel_unknown"
  | "type_unknown"
  | "nobody_named"
  | "event_shape"
  | "apply_failed";

/** How an event ends, written onto its row last. */
export interface EventEnd {
  readonly event: InboxEvent;
  readonly state: "applied" | "ignored" | "quarantined";
  readonly reason: EventReason | null;
  readonly profileId: string | null;
}

/** LINE's order: by its time, then by event id. */
export const byTime = (one: InboxEvent, other: InboxEvent): number =>
  one.occurredAt.getTime() - other.occurredAt.getTime() ||
  (one.eventId < other.eventId ? -1 : Number(one.eventId > other.eventId));
