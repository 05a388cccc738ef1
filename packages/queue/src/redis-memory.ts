import type { Redis } from "ioredis";

export interface RedisMemory {
  /** From 0 to 1; undefined when Redis has no limit. */
  readonly share: number | undefined;
  readonly limited: boolean;
  readonly policy: string;
}

/** From INFO, as CONFIG is closed on many a hosted Redis. */
export const memoryOf = async (redis: Pick<Redis, "info">): Promise<RedisMemory> => {
  const info = await redis.info("memory");
  const field = (name: string): string =>
    new RegExp(`^${name}:(.*?)\\s*$`, "m").exec(info)?.[1] ?? "";
  const used = Number(field("used_memory"));
  const max = Number(field("maxmemory"));
  return {
    share: max > 0 ? used / max : undefined,
    limited: max > 0,
    policy: field("maxmemory_policy"),
  };
};
