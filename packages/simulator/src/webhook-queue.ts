import type { Channel } from "./channels.ts";
import { backoffMaxMs } from "./delivery-options.ts";
import type { DeliveryOptions } from "./delivery-options.ts";
import type { WebhookEvent } from "./webhook-event.ts";
import type { PostResult } from "./webhook-poster.ts";
import { countRequest, newWebhookCounts } from "./webhook-stats.ts";
import type { WebhookCounts } from "./webhook-stats.ts";
import type { Random } from "./random.ts";

/** One event on its way. Several copies of it may be. */
interface Tracked {
  readonly event: WebhookEvent;
  copies: number;
  delivered: boolean;
}

/** One delivery of an event that is to be made. */
interface Copy {
  readonly tracked: Tracked;
  readonly attempt: number;
}

/** The webhooks of one channel that are waiting or under way. */
export interface WebhookQueue {
  readonly counts: WebhookCounts;
  add(events: readonly WebhookEvent[]): void;
  pause(): void;
  resume(): void;
  /** How many deliveries wait or are under way. */
  load(): number;
  /** Whether nothing waits, is under way, or will be redelivered. */
  idle(): boolean;
  /** Drops what waits. */
  close(): void;
}

/** What the queue needs from around it. */
export interface WebhookQueueDeps {
  readonly channel: Channel;
  readonly defaults: DeliveryOptions;
  readonly random: Random;
  send(channel: Channel, events: readonly WebhookEvent[], timeoutMs: number): Promise<PostResult>;
  /** Called whenever a delivery ended. */
  progressed(): void;
}

/** Opens the queue of one channel. */
export function createWebhookQueue(deps: WebhookQueueDeps): WebhookQueue {
  const { channel, random } = deps;
  const counts = newWebhookCounts();
  const timers = new Set<NodeJS.Timeout>();
  let waiting: Copy[] = [];
  let taken = 0;
  let underWay = 0;
  let paused = false;
  let closed = false;
  let pumpIsDue = false;

  const options = (): DeliveryOptions => ({ ...deps.defaults, ...channel.delivery });

  const add = (events: readonly WebhookEvent[]): void => {
    if (channel.webhookUrl === undefined || !channel.webhookActive) {
      counts.unsent += events.length;
      return;
    }
    const { copiesMax } = options();
    for (const event of events) {
      const tracked = { event, copies: 1 + random.below(copiesMax), delivered: false };
      for (let i = 0; i < tracked.copies; i += 1) waiting.push({ tracked, attempt: 0 });
    }
    counts.events += events.length;
    pumpSoon();
  };

  // What one turn of the event loop adds is batched and shuffled together.
  const pumpSoon = (): void => {
    if (pumpIsDue || closed) return;
    pumpIsDue = true;
    setImmediate(() => {
      pumpIsDue = false;
      pump();
    });
  };

  const pump = (): void => {
    const { concurrency, batchMax, shuffle, timeoutMs } = options();
    if (paused || closed) return;
    while (underWay < concurrency && taken < waiting.length) {
      const batch: Copy[] = [];
      while (batch.length < batchMax && taken < waiting.length) batch.push(take(shuffle));
      underWay += 1;
      void deliver(batch, timeoutMs);
    }
  };

  const take = (shuffle: boolean): Copy => {
    const pick = shuffle ? taken + random.below(waiting.length - taken) : taken;
    const copy = waiting[pick] as Copy;
    waiting[pick] = waiting[taken] as Copy;
    taken += 1;
    if (taken === waiting.length || taken >= 10_000) {
      waiting = waiting.slice(taken);
      taken = 0;
    }
    return copy;
  };

  const deliver = async (batch: readonly Copy[], timeoutMs: number): Promise<void> => {
    const events = batch.map(({ tracked, attempt }) => redelivered(tracked.event, attempt > 0));
    const result = await deps.send(channel, events, timeoutMs);
    const status = result.outcome === "answered" ? result.status : undefined;
    countRequest(counts, String(status ?? result.outcome), result.durationMs);
    const ok = status !== undefined && status >= 200 && status < 300;
    for (const copy of batch) {
      if (ok) settle(copy, true);
      else retryOrGiveUp(copy);
    }
    underWay -= 1;
    pump();
    deps.progressed();
  };

  const settle = ({ tracked }: Copy, ok: boolean): void => {
    tracked.copies -= 1;
    if (ok && !tracked.delivered) {
      tracked.delivered = true;
      counts.delivered += 1;
    }
    if (tracked.copies === 0 && !tracked.delivered) counts.givenUp += 1;
  };

  const retryOrGiveUp = (copy: Copy): void => {
    const { attemptsMax, backoffMs } = options();
    if (!channel.redelivery || copy.attempt + 1 >= attemptsMax || closed) {
      settle(copy, false);
      return;
    }
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        waiting.push({ tracked: copy.tracked, attempt: copy.attempt + 1 });
        pumpSoon();
      },
      Math.min(backoffMs * 2 ** copy.attempt, backoffMaxMs),
    );
    timers.add(timer);
  };

  return {
    counts,
    add,
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      pumpSoon();
    },
    load: () => waiting.length - taken + underWay,
    idle: () => taken >= waiting.length && underWay === 0 && timers.size === 0,
    close: () => {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      waiting = [];
      taken = 0;
    },
  };
}

const redelivered = (event: WebhookEvent, isRedelivery: boolean): WebhookEvent =>
  isRedelivery ? { ...event, deliveryContext: { isRedelivery } } : event;
