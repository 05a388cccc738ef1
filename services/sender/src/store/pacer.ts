import { Failure } from "@yubin/errors";
import { Redis } from "ioredis";

import type { Channel, Pacer } from "../domain/ports.ts";

export interface PacerOptions {
  readonly redisUrl: string;
  readonly prefix?: string;
  readonly onError: (error: unknown) => void;
}

export interface RunningPacer extends Pacer {
  close(): void;
}

/**
 * The pace of each channel and endpoint, kept in Redis for all replicas together: a generic cell rate algorithm that
 * hands out several calls at once. A tenth of the limit may go in one burst and the steady pace is nine tenths of it,
 * so that no second, wherever it starts, holds more than the limit.
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
  const run = async (script: string, key: string, ...args: number[]): Promise<number[]> => {
    try {
      return (await redis.eval(script, 1, key, ...args)) as number[];
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

  return {
    reserve: async (channel, method, calls) => {
      const { burst, intervalUs } = paceOf(channel.limits[method]);
      const [granted = 0, waitMs = 0] = await run(
        reserveScript,
        keyOf(channel, method),
        calls,
        intervalUs,
        burst,
      );
      return { granted, waitMs };
    },
    throttle: async (campaignId, perMinute, people) => {
      const [waitMs = 0] = await run(
        throttleScript,
        nameOf(`campaign/${campaignId}`),
        people,
        (60 * 1_000_000) / perMinute,
      );
      return { waitMs };
    },
    penalise: async (channel, method, ms) => {
      const { burst, intervalUs } = paceOf(channel.limits[method]);
      await run(penaliseScript, keyOf(channel, method), ms, intervalUs, burst);
    },
    close: () => redis.disconnect(),
  };
};

const paceOf = (perSecond: number): { readonly burst: number; readonly intervalUs: number } => ({
  burst: Math.max(1, Math.floor(perSecond * 0.1)),
  intervalUs: 1_000_000 / (perSecond * 0.9),
});

/** By the clock of Redis, which is the same for everyone. The value is when the last call handed out is due. */
const clock = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local due = tonumber(redis.call('GET', KEYS[1]) or '0')
if due < now then due = now end
local interval = tonumber(ARGV[2])
local burst = tonumber(ARGV[3])
`;

const reserveScript = `${clock}
local granted = math.floor((now + burst * interval - due) / interval + 0.000001)
if granted < 1 then
  return { 0, math.ceil((due + interval - burst * interval - now) / 1000) }
end
granted = math.min(granted, tonumber(ARGV[1]))
due = due + granted * interval
redis.call('SET', KEYS[1], string.format('%.3f', due), 'PX', math.ceil((due - now) / 1000) + 1000)
return { granted, 0 }
`;

/** All of them at once, and then nobody until their share of the time is over. */
const throttleScript = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local due = tonumber(redis.call('GET', KEYS[1]) or '0')
if due > now then return { math.ceil((due - now) / 1000) } end
due = now + tonumber(ARGV[1]) * tonumber(ARGV[2])
redis.call('SET', KEYS[1], string.format('%.3f', due), 'PX', math.ceil((due - now) / 1000) + 1000)
return { 0 }
`;

const penaliseScript = `${clock}
local free = now + tonumber(ARGV[1]) * 1000 + burst * interval
if due < free then due = free end
redis.call('SET', KEYS[1], string.format('%.3f', due), 'PX', math.ceil((due - now) / 1000) + 1000)
return { 0, 0 }
`;
