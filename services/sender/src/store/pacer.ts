import { Failure } from "@yubin/errors";
import { limits } from "@yubin/types";
import { Redis } from "ioredis";

import type { Method } from "../domain/batch.ts";
import type { Channel, Pacer } from "../domain/ports.ts";
import { answeredScript, giveBackScript, reserveScript, throttleScript } from "./pacer-scripts.ts";

export interface PacerOptions {
  readonly redisUrl: string;
  readonly prefix?: string;
  readonly onError: (error: unknown) => void;
}

export interface RunningPacer extends Pacer {
  close(): void;
}

/**
 * The pace of each channel and endpoint, kept in Redis for all replicas together: each call has a slot of its own, one
 * after the other and evenly, so that no second, wherever it starts, holds more than the limit. What is between the
 * slots and LINE (timers, sockets) may shift a call by the little that is left of the limit.
 */
export const createPacer = ({
  redisUrl,
  prefix = "yubin",
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

  const unsaid = new Map<string, { readonly good: number; readonly since: number }>();

  return {
    reserve: async (channel, method, { calls, urgency }) => {
      const [granted = 0, waitMs = 0, startsInUs = 0, everyUs = 0] = await run(
        reserveScript,
        keyOf(channel, method),
        limitOf(channel, method),
        calls,
        shareOfLimit,
        horizonMs[urgency] * 1_000,
        urgency === "begun" ? Number.MAX_SAFE_INTEGER : chunkMs * 1_000,
      );
      return { granted, waitMs, startsInMs: startsInUs / 1_000, everyMs: everyUs / 1_000 };
    },
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

/** Of LINE's limit; the rest is for what arrives a little sooner or later than it was sent. */
const shareOfLimit = 0.98;
/** So much of the time is handed out at once. */
const chunkMs = 100;
/**
 * So far ahead slots are handed out. One person's message finds a slot where a campaign's batches have to ask again, and
 * calls that are frozen already take whatever comes.
 */
const horizonMs = { bulk: 300, single: 5_000, begun: 60_000 } as const;
/** What LINE took before it complained, of so many channels and for as long. */
const channelsMax = 10_000;
const unsaidMs = 1_000;

/** Replies have LINE's own limit: nothing of ours competes for it. */
const limitOf = (channel: Channel, method: Method): number =>
  method === "reply" ? limits.replyPerSecond : channel.limits[method];
