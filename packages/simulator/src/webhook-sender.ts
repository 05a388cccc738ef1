import type { Channel } from "./channels.ts";
import type { LoadBalancer } from "./load-balancer.ts";
import type { WebhookEvent } from "./webhook-event.ts";
import { createWebhookPoster } from "./webhook-poster.ts";
import type { PostResult } from "./webhook-poster.ts";
import { webhookSignature } from "./webhook-signature.ts";

/** One webhook request that was made. */
export interface WebhookLogEntry {
  readonly at: string;
  readonly channelId: string;
  readonly url: string;
  readonly events: readonly { webhookEventId: string; type: string; isRedelivery: boolean }[];
  readonly result: PostResult;
}

/** What `post` may change from what LINE does. */
export interface PostOptions {
  readonly url?: string;
  /** Another secret to sign with. */
  readonly secret?: string;
  /** A signature to send as it is; null sends none. */
  readonly signature?: string | null;
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Signs webhook requests, sends them, and keeps a log of the newest. */
export interface WebhookSender {
  post(channel: Channel, body: string | Uint8Array, options?: PostOptions): Promise<PostResult>;
  send(channel: Channel, events: readonly WebhookEvent[], timeoutMs: number): Promise<PostResult>;
  /** The newest requests with events, oldest first. */
  log(channelId?: string): readonly WebhookLogEntry[];
  close(): void;
}

const logMax = 1_000;

/** Opens a sender whose requests go where the balancer says. */
export function createWebhookSender(deps: {
  balancer: LoadBalancer;
  timeoutMs: number;
  now: () => number;
}): WebhookSender {
  const poster = createWebhookPoster();
  const log: WebhookLogEntry[] = [];

  const post: WebhookSender["post"] = async (channel, body, options = {}) => {
    const target = options.url ?? channel.webhookUrl;
    if (target === undefined) return { outcome: "broken", detail: "no webhook URL", durationMs: 0 };
    const timeoutMs = options.timeoutMs ?? deps.timeoutMs;
    const request = { body, headers: headersOf(channel, body, options), timeoutMs };
    const [first = "", ...others] = deps.balancer.urlsFor(target);
    let result = await poster.post({ ...request, url: first });
    for (const url of others) {
      // A balancer passes a replica over that takes no connections; anything else is the replica's answer.
      if (result.outcome !== "refused") break;
      result = await poster.post({ ...request, url });
    }
    return result;
  };
  return {
    post,
    send: async (channel, events, timeoutMs) => {
      const url = channel.webhookUrl ?? "";
      const body = JSON.stringify({ destination: channel.botUserId, events });
      const result = await post(channel, body, { timeoutMs });
      const at = new Date(deps.now()).toISOString();
      const { channelId } = channel;
      log.push({ at, channelId, url, events: events.map(loggedEvent), result });
      // Dropped in bulk, because a million events lead through here.
      if (log.length >= logMax * 2) log.splice(0, log.length - logMax);
      return result;
    },
    log: (channelId) =>
      log.slice(-logMax).filter((one) => channelId === undefined || one.channelId === channelId),
    close: () => poster.close(),
  };
}

function headersOf(channel: Channel, body: string | Uint8Array, options: PostOptions) {
  const { signature, secret = channel.channelSecret, headers } = options;
  return {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "LineBotWebhook/2.0",
    ...(signature !== null && { "x-line-signature": signature ?? webhookSignature(secret, body) }),
    ...headers,
  };
}

const loggedEvent = ({ webhookEventId, type, deliveryContext }: WebhookEvent) => ({
  webhookEventId,
  type,
  isRedelivery: deliveryContext.isRedelivery,
});
