import { Failure } from "@yubin/errors";
import { limits } from "@yubin/types";
import { Redis } from "ioredis";
import { LRUCache } from "lru-cache";

import type { Method } from "../domain/batch.ts";
import { createLateness } from "../domain/lateness.ts";
import { createLead } from "../domain/lead.ts";
import type { Channel, Pacer, Slot } from "../domain/ports.ts";
import {
  answeredScript,
  giveBackScript,
  reserveScript,
  lateTicksMax,
  windowTicks,
  throttleScript,
  tickUs,
} from "./pacer-scripts.ts";
import { createRedisClock } from "./redis-clock.ts";

export interface PacerOptions {
  readonly redisUrl: string;
  readonly prefix?: string;
  /** By which slots are told. */
  readonly now?: () => Date;
  readonly onError: (error: unknown) => void;
}

export interface RunningPacer extends Pacer {
  close(): void;
}

/**
 * The pace of each channel and endpoint, kept in Redis for all replicas together: each call has a slot of its own, and
 * no second, wherever it starts, holds more slots than the limit. What is between the slots and LINE (timers, sockets)
 * may shift a call by the little that is left over. Slots that are not used are given back, and are others'.
 */
export const createPacer = ({
  redisUrl,
  prefix = "yubin",
  now = () => new Date(),
  onError,
}: PacerOptions): RunningPacer => {
  const redis = new Redis(redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 1_000,
    retryStrategy: (times) => Math.min(times * 100, 2_000),
  });
  redis.on("error", onError);
  const run = async <Answer = number[]>(
    script: string,
    key: string,
    ...args: (number | string)[]
  ): Promise<Answer> => {
    try {
      return (await redis.eval(script, 1, key, ...args)) as Answer;
    } catch (error) {
      throw new Failure("queue.unavailable", "the pace cannot be known without Redis", {
        retryAfterMs: 1_000,
        cause: error,
      });
    }
  };
  const nameOf = (of: string): string =>
    prefix.includes("{") ? `${prefix}:pace/${of}` : `{${prefix}-pace/${of}}`;
  const keyOf = (channel: Channel, method: string): string => nameOf(`${channel.id}/${method}`);

  const clock = createRedisClock();
  const trip = createLead(firstTripMs);
  const lateness = createLateness({
    roomMs: graceMinMs,
    tickMs: tickUs / 1_000,
    ticksMax: lateTicksMax,
    tickCost: 1 / windowTicks,
    lossCost: lostCalls,
    now: () => performance.now(),
  });
  /** When Redis last told of each channel, by its own clock. */
  const seen = new LRUCache<string, number>({ max: channelsMax });
  const unsaid = new Map<string, { readonly good: number; readonly since: number }>();

  return {
    reserve: async (channel, method, { calls, urgency, afterMs = 0, instead = [] }) => {
      // What is granted has to be still ahead once its answer is here.
      const readyAfterMs = afterMs + trip.ms();
      const askedAt = performance.now();
      const key = keyOf(channel, method);
      const [waitUs = 0, redisUs = 0, perKilosecond = 0, lateTicks = 0, ...grants] = await run(
        reserveScript,
        key,
        limitOf(channel, method),
        calls,
        Math.round(readyAfterMs * 1_000),
        horizonMs[urgency] * 1_000,
        atOnce[urgency],
        seen.get(key) ?? 0,
        lateness.ticks(),
        ...countsOf(instead),
      );
      seen.set(key, redisUs);
      const answeredAt = performance.now();
      trip.took(answeredAt - askedAt);
      clock.heard(redisUs / 1_000, askedAt, answeredAt);
      const zeroMs = now().getTime() - (answeredAt + clock.aheadMs());
      // By chance, so that those who wait do not all ask at once.
      const waitMs = (waitUs / 1_000) * (0.75 + Math.random() / 2);
      const graceMs = graceOf(perKilosecond / 1_000) + (lateTicks * tickUs) / 1_000;
      return { slots: slotsFrom(grants, { zeroMs, graceMs }), waitMs: Math.ceil(waitMs) };
    },
    release: async (channel, method, slots) => {
      if (slots.length === 0) return;
      const key = keyOf(channel, method);
      const nothing = [limitOf(channel, method), 0, 0, 0, "any"] as const;
      const told = [seen.get(key) ?? 0, lateness.ticks(), ...countsOf(slots)] as const;
      await run(reserveScript, key, ...nothing, ...told).catch(() => undefined);
    },
    came: lateness.was,
    throttle: async (campaignId, perMinute, people) => {
      const key = nameOf(`campaign/${campaignId}`);
      const eachUs = (60 * 1_000_000) / perMinute;
      const taken = await run<[number, string]>(throttleScript, key, people, eachUs);
      const [waitMs] = taken;
      let [, due] = taken;
      return {
        waitMs,
        giveBack: async (unused) => {
          if (waitMs > 0 || unused <= 0) return;
          const given = run<string>(giveBackScript, key, unused, eachUs, due);
          due = await given.catch(() => due);
        },
      };
    },
    answered: async (channel, method, { good, bad }) => {
      const key = keyOf(channel, method);
      const last = unsaid.get(key);
      const before = last && performance.now() - last.since < unsaidMs ? last : undefined;
      const all = good + (before?.good ?? 0);
      // What LINE takes is only of interest beside what it does not.
      if (bad === 0) {
        if (unsaid.size >= channelsMax) unsaid.clear();
        unsaid.set(key, { good: all, since: before?.since ?? performance.now() });
        return;
      }
      unsaid.delete(key);
      await run(answeredScript, key, limitOf(channel, method), all, bad);
    },
    close: () => redis.disconnect(),
  };
};

/** From how many calls in which ticks; `zeroMs` is what our own clock says at the zero of that of Redis. */
const slotsFrom = (
  grants: readonly number[],
  { zeroMs, graceMs }: { readonly zeroMs: number; readonly graceMs: number },
): Slot[] => {
  const slots: Slot[] = [];
  for (let place = 0; place + 1 < grants.length; place += 2) {
    const calls = grants[place] ?? 0;
    const tick = grants[place + 1] ?? 0;
    for (let nth = 0; nth < calls; nth += 1)
      slots.push({ tick, graceMs, at: zeroMs + ((tick + (nth + 0.5) / calls) * tickUs) / 1_000 });
  }
  return slots;
};

/**
 * Of what is left between LINE's limit and the slots a part; the rest is for the way. Where calls are few they are far
 * apart, and a busy process would never be in time.
 */
const graceOf = (perSecond: number): number =>
  Math.min(Math.max(graceMinMs, 100 / perSecond), graceMaxMs);
const graceMinMs = 6;
const graceMaxMs = 100;
/** What is lost of the pace for each call that comes too late: most of it is made up for (`pacer-seconds.int.test.ts`). */
const lostCalls = 0.2;

/** How many in which tick, one after the other. */
const countsOf = (slots: readonly Slot[]): number[] => {
  const counts = new Map<number, number>();
  for (const { tick } of slots) counts.set(tick, (counts.get(tick) ?? 0) + 1);
  return [...counts].flatMap(([tick, calls]) => [calls, tick]);
};

/** As it is taken to be until it is known; the way to Redis and back. */
const firstTripMs = 5;
/**
 * So far ahead slots are handed out. One person's message finds a slot where a campaign's batches have to ask again, and
 * so do calls that are frozen already.
 */
const horizonMs = { bulk: 400, single: 60_000, begun: 60_000 } as const;
/** A campaign's people are worth the work only where a good many go together; what is frozen takes whatever there is. */
const atOnce = { bulk: "chunk", single: "any", begun: "all" } as const;
/** What LINE took before it complained, of so many channels and for as long. */
const channelsMax = 10_000;
const unsaidMs = 1_000;

/** Replies have LINE's own limit: nothing of ours competes for it. */
const limitOf = (channel: Channel, method: Method): number =>
  method === "reply" ? limits.replyPerSecond : channel.limits[method];
