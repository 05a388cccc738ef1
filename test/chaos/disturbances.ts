import { setTimeout as pause } from "node:timers/promises";

import type { NodeProcess } from "../stack/node-process.ts";
import type { ServiceName } from "../stack/stack.ts";
import type { World } from "./world.ts";

/** Resolves once so much of the run is done, from 0 to 1, or once the run is over. */
export type Reached = (share: number) => Promise<void>;

const lookEveryMs = 20;

/**
 * Disturbances come by progress and not by the clock, so that each falls into work under way on any machine: on a
 * fast one nothing is over before it, and on a slow one nothing piles up behind it.
 */
export const createReached =
  (progress: () => number | Promise<number>, signal: AbortSignal): Reached =>
  async (share) => {
    while (!signal.aborted && (await progress()) < share) await quiet(lookEveryMs, signal);
  };

export interface Killing {
  readonly service: ServiceName;
  readonly times: number;
}

/** SIGKILLs a replica that is chosen by the seed, and starts another while the rest goes on. Resolves with how often. */
export const keepKilling = async (
  world: World,
  { service, times }: Killing,
  reached: Reached,
  signal: AbortSignal,
): Promise<number> => {
  const replacements: Promise<NodeProcess>[] = [];
  let kills = 0;
  while (kills < times) {
    await reached((kills + 1) / (times + 1));
    if (signal.aborted) break;
    const alive = world.stack.running[service].filter((one) => one.isRunning);
    if (alive.length === 0) {
      await quiet(lookEveryMs, signal);
      continue;
    }
    await world.random.pick(alive).kill9();
    kills += 1;
    replacements.push(world.stack.add(service));
  }
  await Promise.all(replacements);
  return kills;
};

export interface ServerDisturbances {
  /** Times that Redis loses everything. */
  readonly flushes: number;
  /** Times that MongoDB's server is killed, and restarted a second later. */
  readonly mongoKills: number;
  readonly log?: (line: string) => void;
}

export interface ServersDisturbed {
  readonly flushes: number;
  readonly mongoKills: number;
}

/** One after the other, spread over the run. Resolves with how often each came to be. */
export const disturbServers = async (
  world: World,
  { flushes, mongoKills, log }: ServerDisturbances,
  reached: Reached,
  signal: AbortSignal,
): Promise<ServersDisturbed> => {
  const done = { flushes: 0, mongoKills: 0 };
  const kinds = [
    ...Array<"flushes">(flushes).fill("flushes"),
    ...Array<"mongoKills">(mongoKills).fill("mongoKills"),
  ];
  for (const [index, kind] of kinds.entries()) {
    await reached((index + 1) / (kinds.length + 1));
    if (signal.aborted) break;
    if (kind === "flushes") await world.flushRedis();
    else await killMongo(world);
    done[kind] += 1;
    log?.(kind === "flushes" ? "Redis lost everything" : "MongoDB was killed and is back");
  }
  return done;
};

const mongoAwayMs = 1_000;

const killMongo = async ({ servers }: World): Promise<void> => {
  await servers.mongo.kill9();
  await pause(mongoAwayMs);
  await servers.mongo.restart();
};

const quiet = async (ms: number, signal: AbortSignal): Promise<void> => {
  await pause(ms, undefined, { signal }).catch(() => undefined);
};
