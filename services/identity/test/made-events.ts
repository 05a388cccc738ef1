import type { InboxEvent } from "../src/domain/inbox-event.ts";

export const workspaceId = "ws_main";
export const channelId = "chan_1";

/** The LINE user ID of the n-th person. */
export const lineUser = (n: number): string => `U${n.toString(16).padStart(32, "0")}`;

let made = 0;

/** An event of LINE, on `chan_1` unless said otherwise. */
export const lineEvent = (
  type: string,
  lineUserId: string | null,
  more: Partial<InboxEvent> = {},
): InboxEvent => {
  made += 1;
  const eventId = more.eventId ?? `01K${String(made).padStart(23, "0")}`;
  const channel = more.channelId ?? channelId;
  const occurredAt = more.occurredAt ?? new Date(1_764_000_000_000 + made * 1_000);
  return {
    id: `${channel}/${eventId}`,
    workspaceId,
    channelId: channel,
    source: "line",
    type,
    eventId,
    occurredAt,
    receivedAt: occurredAt,
    expireAt: new Date(Date.now() + 86_400_000), // or the server would take it away
    lineUserId,
    body: {},
    tries: 0,
    ...more,
  };
};

export interface IdentifyCall {
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly lineUserId?: string;
  readonly traits?: Readonly<Record<string, unknown>>;
}

/** An identify call as the edge stores it. */
export const identify = (call: IdentifyCall, more: Partial<InboxEvent> = {}): InboxEvent => {
  made += 1;
  const eventId = more.eventId ?? `m-${made}`;
  const { lineUserId, ...body } = call;
  return {
    ...lineEvent("identify", lineUserId ?? null, { eventId }),
    id: `${workspaceId}/track/${eventId}`,
    channelId: null,
    source: "track",
    body: lineUserId
      ? { ...body, context: { line: { provider: "main", userId: lineUserId } } }
      : body,
    ...more,
  };
};
