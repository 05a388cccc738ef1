import { doneWithin } from "./deadline.ts";
import { openRedis } from "./redis-client.ts";
import { memoryOf } from "./redis-memory.ts";

/** Redis is there and would lose jobs: the start is refused with this message. */
export class RedisUnfitError extends Error {
  override readonly name = "RedisUnfitError";
}

/**
 * Looks at Redis before the start. Throws where it would throw jobs away; a Redis that is away is no reason not to
 * start, as work waits in MongoDB.
 */
export const checkRedis = async (
  redisUrl: string,
  { timeoutMs = 2_000 }: { readonly timeoutMs?: number } = {},
): Promise<"fit" | "away"> => {
  const { redis, cut } = openRedis(redisUrl, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    onError: () => undefined,
  });
  try {
    const memory = redis.connect().then(() => memoryOf(redis));
    if (!(await doneWithin(timeoutMs, memory))) return "away";
    const found = await memory.catch(() => undefined);
    if (!found) return "away";
    const { limited, policy } = found;
    if (limited && policy !== "noeviction" && policy !== "")
      throw new RedisUnfitError(
        `Redis has maxmemory-policy ${policy}: when full it would silently drop jobs. Set it to noeviction.`,
      );
    return "fit";
  } finally {
    cut();
  }
};
