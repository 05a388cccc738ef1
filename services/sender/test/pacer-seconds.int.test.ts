import { randomUUID } from "node:crypto";

import { Redis } from "ioredis";
import { expect, it } from "vitest";

import { testServers } from "@yubin/servers/testing";

import { lateTicksMax, reserveScript, tickUs, windowTicks } from "../src/store/pacer-scripts.ts";

/** The script by a clock of ours, told as its last two arguments: minutes pass in seconds, and each run is the same. */
const timedScript = reserveScript
  .replace("redis.call('TIME')", "{ ARGV[#ARGV - 1], ARGV[#ARGV] }")
  .replace("place = 8, #ARGV, 2", "place = 8, #ARGV - 2, 2");

const randomOf = (seed: number) => (): number => {
  seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
  return seed / 2 ** 32;
};

const tickMs = tickUs / 1_000;
const startMs = 1_795_000_000_000;
const forMs = 30_000;
/** Of every slot of a channel with so many calls. */
const roomMs = 6;

it.each([
  [2_000, 101],
  [200, 14],
])(
  "at %d calls a second no second holds more while all become late and punctual again, and use all the room they have",
  async (perSecond, seed) => {
    using seconds = openSeconds(perSecond);
    const random = randomOf(seed);
    let asked = 0;
    const calls: number[] = [];
    const lates: number[] = [];
    while (seconds.passedMs() < forMs) {
      seconds.pass(Math.floor(1_000 + random() * 12_000));
      if (random() < 0.003) asked = asked === 0 ? lateTicksMax : 0;
      const any = { wanted: 1 + random() * 300, horizonUs: 60_000_000, atOnce: "any", asked };
      const { late, grants } = await seconds.reserve(any);
      lates.push(late);
      const unused: number[] = [];
      for (const [granted, tick] of grants) {
        const lost = random() < 0.2 ? 1 : 0;
        if (lost > 0) unused.push(lost, tick);
        // All of one second as late as they may be, and all of the next in time: the worst for a second between them.
        const isLate = Math.floor((tick * tickMs) / 1_000) % 2 === 1;
        const lateMs = isLate ? roomMs + late * tickMs : 0;
        for (let nth = lost; nth < granted; nth += 1) calls.push(tick * tickMs + lateMs);
      }
      if (unused.length > 0) await seconds.reserve({ ...any, wanted: 0, unused });
    }
    expect(Math.max(...lates)).toBe(lateTicksMax);
    expect(Math.min(...lates)).toBe(0);
    expect(calls.length).toBeGreaterThan(((perSecond * forMs) / 1_000) * 0.8);
    expect(fullestSecond(calls)).toBeLessThanOrEqual(perSecond);
  },
);

it.each([2_000, 200])(
  "at %d calls a second what comes too late is made up for, again and again",
  async (perSecond) => {
    using seconds = openSeconds(perSecond);
    const calls: number[] = [];
    const missed: { readonly fromMs: number; readonly slots: readonly number[] }[] = [];
    const bulk = { wanted: 1_000_000, horizonUs: 400_000, atOnce: "chunk", asked: 0 };
    while (seconds.passedMs() < forMs + 1_000) {
      seconds.pass(4_000);
      const back = missed.filter(({ fromMs }) => fromMs <= seconds.passedMs());
      missed.splice(0, missed.length, ...missed.filter((one) => !back.includes(one)));
      const unused = back.flatMap(({ slots }) => slots);
      const { grants } = await seconds.reserve({ ...bulk, unused });
      for (const [granted, tick] of grants) {
        const atMs = tick * tickMs - startMs;
        // Somebody stands still for 25 ms in every 700, and says so when that is over.
        if (atMs % 700 < 25)
          missed.push({ fromMs: atMs - (atMs % 700) + 25, slots: [granted, tick] });
        else for (let nth = 0; nth < granted; nth += 1) calls.push(atMs);
      }
    }
    const windowMs = windowTicks * tickMs;
    const from = 1_000;
    const windows = Math.floor((forMs - from) / windowMs);
    const between = calls.filter((atMs) => atMs >= from && atMs < from + windows * windowMs);
    expect(between.length / windows / perSecond).toBeGreaterThan(0.99);
    expect(fullestSecond(calls)).toBeLessThanOrEqual(perSecond);
  },
);

it("makes up for as many as were missed and no more, however few somebody asks for at once", async () => {
  using seconds = openSeconds(2_000);
  const ticks: number[] = [];
  const bulk = { wanted: 6, horizonUs: 400_000, atOnce: "chunk", asked: 0 };
  const isOver = (atMs: number): boolean => atMs >= 2_000 && atMs < 2_030;
  let missed = 0;
  let most = 0;
  while (seconds.passedMs() < 6_000) {
    seconds.pass(1_000);
    for (let asks = 0; asks < 4; asks += 1) {
      const { grants } = await seconds.reserve(bulk);
      ticks.push(...grants.map(([, tick]) => tick));
    }
    if (missed === 0 && seconds.passedMs() > 2_050) {
      // 30 ms are given back when they are over.
      const over = new Set(ticks.filter((tick) => isOver(tick * tickMs - startMs)));
      for (const tick of over) {
        await seconds.reserve({ ...bulk, wanted: 0, unused: [9, tick] });
        missed += 9;
      }
    }
    most = Math.max(most, await seconds.spare());
  }
  expect(missed).toBe(54);
  expect(most).toBeGreaterThanOrEqual(missed);
  expect(most).toBeLessThanOrEqual(missed + 10);
});

it.each([500, 1_300, 1_900, 5_000])(
  "keeps to the limit where the clock of Redis is set back by %d ms",
  async (backMs) => {
    using seconds = openSeconds(200);
    const bulk = { wanted: 1_000_000, horizonUs: 400_000, atOnce: "chunk", asked: 0 };
    const calls: number[] = [];
    let lostMs = 0;
    while (seconds.passedMs() + lostMs < 8_000) {
      seconds.pass(4_000);
      if (lostMs === 0 && seconds.passedMs() > 3_000) {
        lostMs = backMs;
        seconds.pass(-1_000 * backMs);
      }
      const { grants } = await seconds.reserve(bulk);
      for (const [granted, tick] of grants)
        for (let nth = 0; nth < granted; nth += 1) calls.push(tick * tickMs - startMs + lostMs);
    }
    expect(fullestSecond(calls)).toBeLessThanOrEqual(200);
    expect(Math.max(...calls)).toBeGreaterThan(7_900);
  },
);

interface Asked {
  readonly wanted: number;
  readonly horizonUs: number;
  readonly atOnce: string;
  readonly asked: number;
  readonly unused?: readonly number[];
}

const openSeconds = (perSecond: number) => {
  const redis = new Redis(testServers().redisUrl);
  const key = `{seconds/${randomUUID()}}`;
  let nowUs = startMs * 1_000;
  let seenAt = 0;
  return {
    pass: (us: number): void => {
      nowUs += us;
    },
    passedMs: (): number => nowUs / 1_000 - startMs,
    reserve: async ({ wanted, horizonUs, atOnce, asked, unused = [] }: Asked) => {
      const time = [Math.floor(nowUs / 1e6), nowUs % 1e6];
      const args = [perSecond, wanted, 5_000, horizonUs, atOnce, seenAt, asked, ...unused, ...time];
      const answer = (await redis.eval(timedScript, 1, key, ...args)) as number[];
      const [, redisUs = 0, , late = 0, ...flat] = answer;
      seenAt = redisUs;
      const grants = flat.flatMap((granted, place) =>
        place % 2 === 0 ? [[granted, flat[place + 1] ?? 0] as const] : [],
      );
      return { late, grants };
    },
    /** How many are to be made up for. */
    spare: async (): Promise<number> => Number(await redis.hget(key, "spare")),
    [Symbol.dispose]: () => redis.disconnect(),
  };
};

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
