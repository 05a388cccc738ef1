/** Why an event is kept aside instead of being applied. */
export type QuarantineReason =
  | "event_id_invalid"
  | "event_shape"
  | "future"
  | "stale"
  | "timestamp_invalid"
  | "user_id_invalid";

/** What LINE or a caller told us, ready to be stored once under its id. */
export interface InboundEvent {
  /** `channelId/webhookEventId`, or `workspaceId/track/messageId`: the same fact has the same id. */
  readonly id: string;
  readonly workspaceId: string;
  readonly channelId: string | null;
  readonly source: "line" | "track" | "api";
  readonly type: string;
  readonly eventId: string;
  readonly occurredAt: Date;
  readonly receivedAt: Date;
  /** Set when the event is kept aside. */
  readonly quarantined: QuarantineReason | null;
  /** Only where the event may be linked to a person: a 1:1 chat under our control, and an ordinary user ID. */
  readonly lineUserId: string | null;
  /** By which the person can be answered for a minute; kept apart from what is stored for a month. */
  readonly replyToken?: string;
  /** LINE says that it has sent this before, by which the minute of its token starts anew. */
  readonly isRedelivery?: boolean;
  /** Only the fields that we know. */
  readonly body: Record<string, unknown>;
  /** Equal for what says the same, whatever differs on a redelivery. */
  readonly hash: string;
}

/** What became of events that were to be stored. */
export interface EventsStored {
  readonly inserted: number;
  /** Were there already, whether from an earlier request or twice in this one. */
  readonly duplicates: number;
  /** In the order given. */
  readonly each: readonly ("inserted" | "duplicate")[];
}

/** Where events go before anything is answered. */
export interface EventInbox {
  /** Resolves once every event is stored or was there already; fails with `store.unavailable` otherwise. */
  add(events: readonly InboundEvent[]): Promise<EventsStored>;
}

/** Told of each effect of a webhook before it happens: the insert, the jobs, the answer. */
export type Step = (name: "insert" | "enqueue" | "answer") => void | Promise<void>;
