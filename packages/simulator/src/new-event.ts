import type { Channel } from "./channels.ts";
import type { EventSource, WebhookEvent } from "./webhook-event.ts";
import type { World } from "./world.ts";

/** The fields of an event that are not made up. */
export interface EventFields {
  readonly type: string;
  readonly source?: EventSource;
  readonly timestamp?: number;
  readonly mode?: "active" | "standby";
  /** Whether the event carries a reply token. */
  readonly reply?: boolean;
  readonly [field: string]: unknown;
}

/** Fills in what all events have in common. */
export function newEvent(
  world: World,
  channel: Channel,
  { type, source, timestamp, mode = "active", reply, ...fields }: EventFields,
): WebhookEvent {
  const atMs = timestamp ?? world.clock.now();
  const to = source?.type === "group" ? source.groupId : source?.userId;
  const { channelId } = channel;
  return {
    type,
    mode,
    timestamp: atMs,
    ...(source && { source }),
    webhookEventId: world.ids.eventId(atMs),
    deliveryContext: { isRedelivery: false },
    ...(reply &&
      to &&
      mode === "active" && { replyToken: world.replyTokens.issue({ channelId, to }) }),
    ...fields,
  };
}
