import { setTimeout as pause } from "node:timers/promises";

import type { ServiceName } from "../stack/stack.ts";
import type { World } from "./world.ts";

export interface Killing {
  readonly service: ServiceName;
  readonly times: number;
  readonly everyMs: number;
}

/** SIGKILLs a replica that is chosen by the seed, puts a new one in its place, and so on. Resolves with how often. */
export const keepKilling = async (
  world: World,
  killing: Killing,
  signal: AbortSignal,
): Promise<number> => {
  let kills = 0;
  while (kills < killing.times && !signal.aborted) {
    await quiet(killing.everyMs, signal);
    const alive = world.stack.running[killing.service].filter((one) => one.isRunning);
    await world.random.pick(alive).kill9();
    kills += 1;
    await world.stack.add(killing.service);
  }
  return kills;
};

export interface ServerDisturbances {
  /** Times that Redis loses everything. */
  readonly flushes: number;
  /** Times that MongoDB's server is killed, and restarted a second later. */
  readonly mongoKills: number;
  readonly log?: (line: string) => void;
}

/** One after the other, two seconds apart. */
export const disturbServers = async (
  world: World,
  { flushes, mongoKills, log }: ServerDisturbances,
  signal: AbortSignal,
): Promise<void> => {
  for (let flush = 0; flush < flushes && !signal.aborted; flush += 1) {
    await quiet(2_000, signal);
    await world.flushRedis();
    log?.("Redis lost everything");
  }
  for (let kill = 0; kill < mongoKills && !signal.aborted; kill += 1) {
    await quiet(2_000, signal);
    await world.servers.mongo.kill9();
    await quiet(1_000, signal);
    await world.servers.mongo.restart();
    log?.("MongoDB was killed and is back");
  }
};

const quiet = async (ms: number, signal: AbortSignal): Promise<void> => {
  await pause(ms, undefined, { signal }).catch(() => undefined);
};
