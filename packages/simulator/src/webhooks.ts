import type { Channel, Channels } from "./channels.ts";
import { createLoadBalancer } from "./load-balancer.ts";
import { createRandom } from "./random.ts";
import type { ReplyTokens } from "./reply-tokens.ts";
import type { Settings } from "./settings.ts";
import { createWaiters } from "./waiters.ts";
import type { WebhookEvent } from "./webhook-event.ts";
import type { PostResult } from "./webhook-poster.ts";
import { WebhookQueue } from "./webhook-queue.ts";
import { createWebhookSender } from "./webhook-sender.ts";
import type { PostOptions, WebhookLogEntry } from "./webhook-sender.ts";
import { statsOf } from "./webhook-stats.ts";
import type { WebhookStats } from "./webhook-stats.ts";

/** Brings events to the bot servers. */
export interface Webhooks {
  /** Puts events on their way; returns at once. */
  deliver(channelId: string, events: readonly WebhookEvent[]): void;
  /** Sends one request right now, past queue and disturbance: probes, and bodies LINE would never send. */
  post(channel: Channel, body: string | Uint8Array, options?: PostOptions): Promise<PostResult>;
  stats(channelId?: string): WebhookStats;
  /** Waits until nothing is on its way; fails with the numbers when that takes longer than `timeoutMs`. */
  settled(options?: { channelId?: string; timeoutMs?: number }): Promise<WebhookStats>;
  /** The newest requests, oldest first. */
  log(channelId?: string): readonly WebhookLogEntry[];
  /** Holds deliveries back, so that more events can be shuffled together. */
  pause(): void;
  resume(): void;
  /** Requests for this origin go to these origins in turn, as a load balancer would send them. */
  balance(origin: string, targets: readonly string[]): void;
  /** Keeps `settled` waiting until released: more events are about to come. */
  hold(): () => void;
  /** Waits until fewer than `max` deliveries of the channel are waiting, or deliveries are held back. */
  below(channelId: string, max: number): Promise<void>;
  close(): void;
}

/** What the webhook side needs from the rest of the world. */
export interface WebhooksDeps {
  readonly channels: Channels;
  readonly replyTokens: ReplyTokens;
  readonly settings: Settings;
  now(): number;
}

const settledTimeoutMs = 30_000;
const belowTimeoutMs = 3_600_000;

/** Opens the webhook side of a simulator. */
export function createWebhooks(deps: WebhooksDeps): Webhooks {
  const waiters = createWaiters();
  const balancer = createLoadBalancer();
  const sender = createWebhookSender({
    balancer,
    timeoutMs: deps.settings.delivery.timeoutMs,
    now: () => deps.now(),
  });
  const queues = new Map<string, WebhookQueue>();
  let paused = false;
  let closed = false;
  let holds = 0;

  const queueOf = (channelId: string): WebhookQueue => {
    let queue = queues.get(channelId);
    if (!queue) {
      queue = new WebhookQueue({
        channel: deps.channels.get(channelId),
        defaults: deps.settings.delivery,
        random: createRandom(`${deps.settings.seed}/webhooks/${channelId}`),
        send: (channel, events, timeoutMs) => {
          startReplyTokens(deps.replyTokens, events);
          return sender.send(channel, events, timeoutMs);
        },
        progressed: () => waiters.wake(),
      });
      if (paused) queue.pause();
      queues.set(channelId, queue);
    }
    return queue;
  };
  const chosen = (channelId?: string): WebhookQueue[] =>
    channelId === undefined ? [...queues.values()] : [queueOf(channelId)];
  const stats = (channelId?: string): WebhookStats =>
    statsOf(chosen(channelId).map((queue) => queue.counts));

  return {
    deliver: (channelId, events) => queueOf(channelId).add(events),
    post: (channel, body, options) => sender.post(channel, body, options),
    stats,
    settled: async ({ channelId, timeoutMs = settledTimeoutMs } = {}) => {
      const isSettled = (): boolean =>
        closed || (holds === 0 && chosen(channelId).every((queue) => queue.idle()));
      if (await waiters.until(isSettled, timeoutMs)) return stats(channelId);
      const numbers = JSON.stringify(stats(channelId));
      throw new Error(`webhooks not settled after ${timeoutMs} ms: ${numbers}`);
    },
    log: (channelId) => sender.log(channelId),
    pause: () => {
      paused = true;
      for (const queue of queues.values()) queue.pause();
      waiters.wake();
    },
    resume: () => {
      paused = false;
      for (const queue of queues.values()) queue.resume();
    },
    balance: (origin, targets) => balancer.set(origin, targets),
    hold: () => {
      holds += 1;
      return () => {
        holds -= 1;
        waiters.wake();
      };
    },
    below: async (channelId, max) => {
      const hasRoom = (): boolean => closed || paused || queueOf(channelId).load() < max;
      await waiters.until(hasRoom, belowTimeoutMs);
    },
    close: () => {
      closed = true;
      for (const queue of queues.values()) queue.close();
      sender.close();
      waiters.wake();
    },
  };
}

function startReplyTokens(replyTokens: ReplyTokens, events: readonly WebhookEvent[]): void {
  for (const { replyToken } of events) if (replyToken) replyTokens.received(replyToken);
}
