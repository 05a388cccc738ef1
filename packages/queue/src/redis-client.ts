import type { QueueOptions } from "bullmq";
import { Redis, type RedisOptions } from "ioredis";

/** A connection with everything that was duplicated from it, so that all of it can be cut at once. */
export interface RedisFamily {
  readonly redis: Redis;
  /** The same one, as BullMQ takes it. */
  readonly connection: QueueOptions["connection"];
  /** Cuts every connection without waiting; what is under way fails or stays unanswered. */
  readonly cut: () => void;
}

const connectTimeoutMs = 5_000;
/** A connection that owes an answer for this long is half-open: it is replaced. Above BullMQ's longest block of 10 s. */
const socketTimeoutMs = 15_000;

export interface RedisClientOptions {
  /** False: a command without a connection fails at once. */
  readonly enableOfflineQueue?: boolean;
  /** Null: a command waits for as long as Redis is away. */
  readonly maxRetriesPerRequest: number | null;
  readonly commandTimeout?: number;
  readonly lazyConnect?: boolean;
  readonly onError: (error: Error) => void;
}

/** Opens a connection that reconnects for ever; `onError` hears of every failed try. */
export const openRedis = (
  url: string,
  { onError, ...options }: RedisClientOptions,
): RedisFamily => {
  const redis = new Redis(url, {
    connectTimeout: connectTimeoutMs,
    socketTimeout: socketTimeoutMs,
    retryStrategy: (times) => Math.min(50 * 2 ** times, 2_000) * (0.75 + Math.random() / 2),
    reconnectOnError: (error) => error.message.startsWith("READONLY"), // a replica that was the primary
    ...options,
  });
  const family: Redis[] = [];
  const adopt = (member: Redis): Redis => {
    member.on("error", onError);
    family.push(member);
    return member;
  };
  adopt(redis);
  const duplicate = redis.duplicate.bind(redis);
  // As `never`, since relating a duplicate's type to the original's takes the checker half a minute.
  redis.duplicate = ((override: RedisOptions) => adopt(duplicate(override) as never)) as never;
  return {
    redis,
    // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- relating the types takes the checker 30 s
    connection: redis as never,
    cut: () => {
      for (const member of family) member.disconnect();
    },
  };
};
