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

/** Why an event had less than its whole effect, and what came of one that says who LINE listed. */
export type EventReason =
  /** Two people who seem to be one and are not merged by themselves: people decide. */
  | "merge_pending"
  /** Two people claim one LINE ID: people decide. */
  | "conflict_pending"
  /** The two are one person already. */
  | "already_same"
  /** The LINE ID came from another person, as the workspace's rule is. */
  | "line_id_moved"
  /** The LINE ID stays with another person, who proved it later than this was said. */
  | "proof_outdated"
  /** Nobody is there by that id. */
  | "not_found"
  /** The LINE ID is not this person's. */
  | "not_linked"
  /** What it is about was erased. */
  | "erased"
  /** The merge is not one that can be undone, or not any more. */
  | "not_undoable"
  | "undo_expired"
  /** A later merge of the same person has to be undone first. */
  | "undo_blocked"
  /** Neither the holder nor one of those who claim it. */
  | "not_a_claimant"
  | "too_many_links"
  | "limit_exceeded"
  | "channel_unknown"
  | "type_unknown"
  | "nobody_named"
  /** A command names a profile that is not there, or whose person was erased. */
  | "profile_unknown"
  | "profile_erased"
  | "event_shape"
  | "apply_failed"
  | ListingReason;

/** It opened the person's profile; it changed the friendship; it said what was known, or something newer is. */
export type ListingReason = "person_opened" | "friendship_changed" | "nothing_new";

/** How an event ends, written onto its row last. */
export interface EventEnd {
  readonly event: InboxEvent;
  readonly state: "applied" | "ignored" | "quarantined";
  readonly reason: EventReason | null;
  readonly profileId: string | null;
  /** What is kept of what it said, where it named somebody who was erased between its effect and its end. */
  readonly left?: Pick<InboxEvent, "body" | "lineUserId">;
}

/** LINE's order: by its time, then by event id. */
export const byTime = (one: InboxEvent, other: InboxEvent): number =>
  one.occurredAt.getTime() - other.occurredAt.getTime() ||
  (one.eventId < other.eventId ? -1 : Number(one.eventId > other.eventId));
