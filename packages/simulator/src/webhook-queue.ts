import type { Channel } from "./channels.ts";
import { backoffMaxMs } from "./delivery-options.ts";
import type { DeliveryOptions } from "./delivery-options.ts";
import type { Random } from "./random.ts";
import type { WebhookEvent } from "./webhook-event.ts";
import type { PostResult } from "./webhook-poster.ts";
import { countRequest, newWebhookCounts } from "./webhook-stats.ts";

/** What the queue needs from around it. */
export interface WebhookQueueDeps {
  readonly channel: Channel;
  readonly defaults: DeliveryOptions;
  readonly random: Random;
  send(channel: Channel, events: readonly WebhookEvent[], timeoutMs: number): Promise<PostResult>;
  /** Called whenever a delivery ended. */
  progressed(): void;
}

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

const compactAt = 10_000;

/** The webhooks of one channel that are waiting or under way. */
export class WebhookQueue {
  readonly counts = newWebhookCounts();
  readonly #deps: WebhookQueueDeps;
  readonly #redeliveries = new Set<NodeJS.Timeout>();
  /** Copies from `#taken` on are waiting; those before it left. */
  #waiting: Copy[] = [];
  #taken = 0;
  #underWay = 0;
  #paused = false;
  #closed = false;
  #pumpIsDue = false;

  constructor(deps: WebhookQueueDeps) {
    this.#deps = deps;
  }

  /** Puts events on their way, unless the channel's webhook is off: then LINE sends nothing. */
  add(events: readonly WebhookEvent[]): void {
    const { channel, random } = this.#deps;
    if (channel.webhookUrl === undefined || !channel.webhookActive) {
      this.counts.unsent += events.length;
      return;
    }
    const { copiesMax } = this.#options();
    for (const event of events) {
      const tracked = { event, copies: 1 + random.below(copiesMax), delivered: false };
      for (let i = 0; i < tracked.copies; i += 1) this.#waiting.push({ tracked, attempt: 0 });
    }
    this.counts.events += events.length;
    this.#pumpSoon();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#pumpSoon();
  }

  /** How many deliveries wait or are under way. */
  load(): number {
    return this.#waiting.length - this.#taken + this.#underWay;
  }

  /** Whether nothing waits, is under way, or will be redelivered. */
  idle(): boolean {
    return this.load() === 0 && this.#redeliveries.size === 0;
  }

  /** Drops what waits. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#redeliveries) clearTimeout(timer);
    this.#redeliveries.clear();
    this.#waiting = [];
    this.#taken = 0;
  }

  #options(): DeliveryOptions {
    return { ...this.#deps.defaults, ...this.#deps.channel.delivery };
  }

  /** What one turn of the event loop adds is batched and shuffled together. */
  #pumpSoon(): void {
    if (this.#pumpIsDue || this.#closed) return;
    this.#pumpIsDue = true;
    setImmediate(() => {
      this.#pumpIsDue = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#paused || this.#closed) return;
    const { concurrency, batchMax, shuffle, timeoutMs } = this.#options();
    while (this.#underWay < concurrency && this.#taken < this.#waiting.length) {
      const batch: Copy[] = [];
      while (batch.length < batchMax && this.#taken < this.#waiting.length) {
        batch.push(this.#take(shuffle));
      }
      this.#underWay += 1;
      void this.#deliver(batch, timeoutMs);
    }
  }

  #take(shuffle: boolean): Copy {
    const left = this.#waiting.length - this.#taken;
    const pick = this.#taken + (shuffle ? this.#deps.random.below(left) : 0);
    const copy = this.#waiting[pick] as Copy;
    this.#waiting[pick] = this.#waiting[this.#taken] as Copy;
    this.#taken += 1;
    if (left === 1 || this.#taken >= compactAt) {
      this.#waiting = this.#waiting.slice(this.#taken);
      this.#taken = 0;
    }
    return copy;
  }

  async #deliver(batch: readonly Copy[], timeoutMs: number): Promise<void> {
    const events = batch.map(({ tracked, attempt }) => asSent(tracked.event, attempt));
    const result = await this.#deps.send(this.#deps.channel, events, timeoutMs);
    const status = result.outcome === "answered" ? result.status : undefined;
    countRequest(this.counts, String(status ?? result.outcome), result.durationMs);
    const ok = status !== undefined && status >= 200 && status < 300;
    for (const copy of batch) {
      if (ok || !this.#redeliver(copy)) this.#settle(copy, ok);
    }
    this.#underWay -= 1;
    this.#pump();
    this.#deps.progressed();
  }

  /** Plans another attempt, if the channel has them and any is left. */
  #redeliver({ tracked, attempt }: Copy): boolean {
    const { attemptsMax, backoffMs } = this.#options();
    if (!this.#deps.channel.redelivery || attempt + 1 >= attemptsMax || this.#closed) return false;
    const waitMs = Math.min(backoffMs * 2 ** attempt, backoffMaxMs);
    const timer = setTimeout(() => {
      this.#redeliveries.delete(timer);
      this.#waiting.push({ tracked, attempt: attempt + 1 });
      this.#pumpSoon();
    }, waitMs);
    this.#redeliveries.add(timer);
    return true;
  }

  #settle({ tracked }: Copy, ok: boolean): void {
    tracked.copies -= 1;
    if (ok && !tracked.delivered) {
      tracked.delivered = true;
      this.counts.delivered += 1;
    }
    if (tracked.copies === 0 && !tracked.delivered) this.counts.givenUp += 1;
  }
}

const asSent = (event: WebhookEvent, attempt: number): WebhookEvent =>
  attempt === 0 ? event : { ...event, deliveryContext: { isRedelivery: true } };
