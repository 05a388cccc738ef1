import type { Channel, Channels } from "./channels.ts";
import { createLoadBalancer } from "./load-balancer.ts";
import { createRandom } from "./random.ts";
import type { ReplyTokens } from "./reply-tokens.ts";
import type { Settings } from "./settings.ts";
import type { WebhookEvent } from "./webhook-event.ts";
import { createWebhookPoster } from "./webhook-poster.ts";
import type { PostResult } from "./webhook-poster.ts";
import { createWebhookQueue } from "./webhook-queue.ts";
import type { WebhookQueue } from "./webhook-queue.ts";
import { webhookSignature } from "./webhook-signature.ts";
import { statsOf } from "./webhook-stats.ts";
import type { WebhookStats } from "./webhook-stats.ts";

/** One webhook request that was made. */
export interface WebhookLogEntry {
  readonly at: string;
  readonly channelId: string;
  readonly url: string;
  readonly events: readonly { webhookEventId: string; type: string; isRedelivery: boolean }[];
  readonly result: PostResult;
}

/** Brings events to the bot servers. */
export interface Webhooks {
  /** Puts events on their way; returns at once. */
  deliver(channelId: string, events: readonly WebhookEvent[]): void;
  /** Sends one request right now, past queue and disturbance: probes, and bodies LINE would never send. */
  post(channel: Channel, body: string | Uint8Array, options?: PostOptions): Promise<PostResult>;
  stats(channelId?: string): WebhookStats;
  /** Waits until nothing is on its way; fails with the numbers when that takes longer than `timeoutMs`. */
  settled(options?: { channelId?: string; timeoutMs?: number }): Promise<WebhookStats>;
  /** Keeps `settled` waiting until released: more events are about to come. */
  hold(): () => void;
  /** Waits until fewer than `max` deliveries of the channel are waiting, or deliveries are held back. */
  below(channelId: string, max: number): Promise<void>;
  /** The newest requests, oldest first. */
  log(channelId?: string): readonly WebhookLogEntry[];
  /** Holds deliveries back, so that more events can be shuffled together. */
  pause(): void;
  resume(): void;
  /** Requests for this origin go to these origins in turn, as a load balancer would send them. */
  balance(origin: string, targets: readonly string[]): void;
  close(): void;
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

const logMax = 1_000;
const settledTimeoutMs = 30_000;
const belowTimeoutMs = 3_600_000;

/** Opens the webhook side of a simulator. */
export function createWebhooks(deps: {
  channels: Channels;
  replyTokens: ReplyTokens;
  settings: Settings;
  now: () => number;
}): Webhooks {
  const { channels, replyTokens, settings } = deps;
  const poster = createWebhookPoster();
  const balancer = createLoadBalancer();
  const queues = new Map<string, WebhookQueue>();
  const waiters = new Set<() => void>();
  const log: WebhookLogEntry[] = [];
  let paused = false;
  let closed = false;
  let holds = 0;
  const wakeAll = (): void => {
    for (const wake of waiters) wake();
  };

  const post: Webhooks["post"] = async (channel, body, options = {}) => {
    const target = options.url ?? channel.webhookUrl;
    if (target === undefined) return { outcome: "broken", detail: "no webhook URL", durationMs: 0 };
    const signature =
      options.signature ?? webhookSignature(options.secret ?? channel.channelSecret, body);
    const request = {
      body,
      headers: {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "LineBotWebhook/2.0",
        ...(options.signature !== null && { "x-line-signature": signature }),
        ...options.headers,
      },
      timeoutMs: options.timeoutMs ?? settings.delivery.timeoutMs,
    };
    const [first = "", ...others] = balancer.urlsFor(target);
    let result = await poster.post({ ...request, url: first });
    for (const url of others) {
      // A balancer passes a replica over that takes no connections; anything else is the replica's answer.
      if (result.outcome !== "refused") break;
      result = await poster.post({ ...request, url });
    }
    return result;
  };

  const send = async (
    channel: Channel,
    events: readonly WebhookEvent[],
    timeoutMs: number,
  ): Promise<PostResult> => {
    for (const { replyToken } of events) if (replyToken) replyTokens.received(replyToken);
    const url = channel.webhookUrl ?? "";
    const body = JSON.stringify({ destination: channel.botUserId, events });
    const result = await post(channel, body, { timeoutMs });
    log.push({
      at: new Date(deps.now()).toISOString(),
      channelId: channel.channelId,
      url,
      events: events.map(({ webhookEventId, type, deliveryContext }) => ({
        webhookEventId,
        type,
        isRedelivery: deliveryContext.isRedelivery,
      })),
      result,
    });
    if (log.length >= logMax * 2) log.splice(0, log.length - logMax);
    return result;
  };

  const queueOf = (channelId: string): WebhookQueue => {
    let queue = queues.get(channelId);
    if (!queue) {
      queue = createWebhookQueue({
        channel: channels.get(channelId),
        defaults: settings.delivery,
        random: createRandom(`${settings.seed}/webhooks/${channelId}`),
        send,
        progressed: wakeAll,
      });
      if (paused) queue.pause();
      queues.set(channelId, queue);
    }
    return queue;
  };
  const chosen = (channelId?: string): WebhookQueue[] =>
    channelId === undefined ? [...queues.values()] : [queueOf(channelId)];
  const stats: Webhooks["stats"] = (channelId) =>
    statsOf(chosen(channelId).map((one) => one.counts));

  return {
    deliver: (channelId, events) => queueOf(channelId).add(events),
    post,
    stats,
    settled: async ({ channelId, timeoutMs = settledTimeoutMs } = {}) => {
      const isSettled = (): boolean =>
        closed || (holds === 0 && chosen(channelId).every((queue) => queue.idle()));
      if (!(await until(isSettled, waiters, timeoutMs))) {
        throw new Error(
          `webhooks not settled after ${timeoutMs} ms: ${JSON.stringify(stats(channelId))}`,
        );
      }
      return stats(channelId);
    },
    hold: () => {
      holds += 1;
      return () => {
        holds -= 1;
        wakeAll();
      };
    },
    below: async (channelId, max) => {
      const hasRoom = (): boolean => closed || paused || queueOf(channelId).load() < max;
      await until(hasRoom, waiters, belowTimeoutMs);
    },
    log: (channelId) =>
      log.slice(-logMax).filter((one) => channelId === undefined || one.channelId === channelId),
    pause: () => {
      paused = true;
      for (const queue of queues.values()) queue.pause();
      wakeAll();
    },
    resume: () => {
      paused = false;
      for (const queue of queues.values()) queue.resume();
    },
    balance: (origin, targets) => balancer.set(origin, targets),
    close: () => {
      for (const queue of queues.values()) queue.close();
      closed = true;
      poster.close();
      wakeAll();
    },
  };
}

/** Resolves to true once the condition holds, false when it does not in time. Looked at whenever a waiter is woken. */
function until(
  holds: () => boolean,
  waiters: Set<() => void>,
  timeoutMs: number,
): Promise<boolean> {
  if (holds()) return Promise.resolve(true);
  return new Promise((resolve) => {
    const finish = (held: boolean): void => {
      clearTimeout(timer);
      waiters.delete(look);
      resolve(held);
    };
    const look = (): void => {
      if (holds()) finish(true);
    };
    const timer = setTimeout(() => finish(false), timeoutMs);
    waiters.add(look);
  });
}
