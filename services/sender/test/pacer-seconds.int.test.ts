import { randomUUID } from "node:crypto";

import { Redis } from "ioredis";
import { expect, it } from "vitest";

import { testServers } from "@yubin/servers/testing";

import { lateTicksMax, reserveScript, tickUs } from "../src/store/pacer-scripts.ts";

/** The script by a clock of ours, told as its last two arguments: minutes pass in seconds, and each run is the same. */
const timedScript = reserveScript
  .replace("redis.call('TIME')", "{ ARGV[#ARGV - 1], ARGV[#ARGV] }")
  .replace("place = 8, #ARGV, 2", "place = 8, #ARGV - 2, 2");

const randomOf = (seed: number) => (): number => {
  seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
  return seed / 2 ** 32;
};

const tickMs = tickUs / 1_000;
const forMs = 30_000;
/** Of every slot of a channel with so many calls. */
const roomMs = 3;

it.each([
  [2_000, 11],
  [200, 14],
])(
  "at %d calls a second no second holds more while all become late and punctual again, and use all the room they have",
  async (perSecond, seed) => {
    const redis = new Redis(testServers().redisUrl);
    const random = randomOf(seed);
    const key = `{seconds/${randomUUID()}}`;
    const startMs = 1_795_000_000_000;
    let nowUs = startMs * 1_000;
    let [asked, seenAt] = [0, 0];
    const reserve = async (wanted: number, unused: readonly number[]): Promise<number[]> => {
      const time = [Math.floor(nowUs / 1e6), nowUs % 1e6];
      const horizonUs = 60_000_000;
      const args = [perSecond, wanted, 5_000, horizonUs, "any", seenAt, asked, ...unused, ...time];
      return (await redis.eval(timedScript, 1, key, ...args)) as number[];
    };
    const calls: number[] = [];
    const lates: number[] = [];
    while (nowUs < (startMs + forMs) * 1_000) {
      nowUs += Math.floor(1_000 + random() * 12_000);
      if (random() < 0.003) asked = asked === 0 ? lateTicksMax : 0;
      const [, redisUs = 0, , late = 0, ...grants] = await reserve(1 + random() * 300, []);
      seenAt = redisUs;
      lates.push(late);
      const unused: number[] = [];
      for (let place = 0; place + 1 < grants.length; place += 2) {
        const [granted = 0, tick = 0] = grants.slice(place);
        const lost = random() < 0.2 ? 1 : 0;
        if (lost > 0) unused.push(lost, tick);
        // All of one second as late as they may be, and all of the next in time: the worst for a second between them.
        const isLate = Math.floor((tick * tickMs) / 1_000) % 2 === 1;
        const lateMs = isLate ? roomMs + late * tickMs : 0;
        for (let nth = lost; nth < granted; nth += 1) calls.push(tick * tickMs + lateMs);
      }
      if (unused.length > 0) await reserve(0, unused);
    }
    redis.disconnect();
    expect(Math.max(...lates)).toBe(lateTicksMax);
    expect(Math.min(...lates)).toBe(0);
    expect(calls.length).toBeGreaterThan(((perSecond * forMs) / 1_000) * 0.8);
    expect(fullestSecond(calls)).toBeLessThanOrEqual(perSecond);
  },
);

const fullestSecond = (times: readonly number[]): number => {
  const sorted = times.toSorted((one, other) => one - other);
  let from = 0;
  let most = 0;
  for (const [place, time] of sorted.entries()) {
    while ((sorted[from] ?? time) <= time - 1_000) from += 1;
    most = Math.max(most, place - from + 1);
  }
  return most;
};
