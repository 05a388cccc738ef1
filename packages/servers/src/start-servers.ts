import { join } from "node:path";

import { cacheFolder } from "./cache.ts";
import { lockFile } from "./lock-file.ts";
import type { LocalServer } from "./local-server.ts";
import { mongodb } from "./mongodb/mongodb.ts";
import { redis } from "./redis/redis.ts";
import { startKind } from "./start-kind.ts";

/** How to start servers; everything is optional. */
export interface StartOptions {
  /** Keeps the data here over restarts. Without it the data is temporary and goes with `stop`. */
  readonly dataDir?: string;
  /** Takes one line of progress; nothing is printed without it. */
  readonly log?: (line: string) => void;
  /** Defaults to the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** One MongoDB and one Redis. */
export interface LocalServers {
  readonly mongo: LocalServer;
  readonly redis: LocalServer;
  /** Stops both, and lets the data folder go. */
  stop(): Promise<void>;
}

/** Starts, or finds by URL, one MongoDB and one Redis. They die with this process, however it ends. */
export const startServers = async (options: StartOptions = {}): Promise<LocalServers> => {
  const folder = options.dataDir === undefined ? undefined : await holdFolder(options.dataDir);
  const [mongo, redisServer] = await Promise.allSettled([startMongo(options), startRedis(options)]);

  const stop = async (): Promise<void> => {
    const started = [mongo, redisServer].flatMap((one) =>
      one.status === "fulfilled" ? [one.value.stop()] : [],
    );
    await Promise.all(started);
    folder?.release();
  };
  if (mongo.status === "rejected" || redisServer.status === "rejected") {
    await stop();
    throw mongo.status === "rejected"
      ? mongo.reason
      : (redisServer as PromiseRejectedResult).reason;
  }
  return { mongo: mongo.value, redis: redisServer.value, stop };
};

/** Starts, or finds by MONGODB_URL, a MongoDB server. */
export const startMongo = async (options: StartOptions = {}): Promise<LocalServer> =>
  startKind(mongodb, contextOf(options), options.dataDir);

/** Starts, or finds by REDIS_URL, a Redis server. */
export const startRedis = async (options: StartOptions = {}): Promise<LocalServer> =>
  startKind(redis, contextOf(options), options.dataDir);

const contextOf = ({ env = process.env, log = () => undefined }: StartOptions) => ({
  env,
  log,
  cacheDir: cacheFolder(env),
});

/** Two Redis servers on one append-only file would corrupt it, and Redis itself does not object. */
const holdFolder = async (dataDir: string) => {
  const held = await lockFile(join(dataDir, "in-use.lock"), { waitMs: 0 });
  if (!held) throw new Error(`the data folder ${dataDir} is in use by another process`);
  return held;
};
