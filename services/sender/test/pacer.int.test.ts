import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import { expect, it } from "vitest";

import { testServers } from "@yubin/servers/testing";

import type { Channel } from "../src/domain/ports.ts";
import { createPacer, type RunningPacer } from "../src/store/pacer.ts";

const channel = (push: number): Channel => ({
  id: `chan_${randomUUID()}`,
  workspaceId: "ws_main",
  provider: "acme",
  name: "Shop",
  state: "connected",
  version: 1,
  limits: { push, multicast: 200 },
});

interface Pacers extends AsyncDisposable {
  readonly all: readonly RunningPacer[];
}

const openPacers = async (count: number): Promise<Pacers> => {
  const { redisUrl } = testServers();
  const onError = (): void => undefined;
  const all = Array.from({ length: count }, () => createPacer({ redisUrl, onError }));
  await Promise.all(all.map(reaches));
  return {
    all,
    [Symbol.asyncDispose]: async () => {
      for (const one of all) one.close();
    },
  };
};

const reaches = async (pacer: RunningPacer): Promise<void> => {
  for (let tries = 0; ; tries += 1) {
    try {
      await pacer.throttle("camp_none", 1, 1);
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await pause(50);
    }
  }
};

/** Slots by the clock of this process, taken by whoever asks as fast as they can for a while. */
const slotsIn = async (
  pacer: RunningPacer,
  of: Channel,
  { ms, calls = 20 }: { readonly ms: number; readonly calls?: number },
): Promise<number[]> => {
  const endsAt = performance.now() + ms;
  const slots: number[] = [];
  while (performance.now() < endsAt) {
    const { granted, waitMs, startsInMs, everyMs } = await pacer.reserve(of, "push", {
      calls,
      urgency: "bulk",
    });
    const now = performance.now();
    for (let place = 0; place < granted; place += 1) slots.push(now + startsInMs + place * everyMs);
    if (granted === 0) await pause(waitMs);
  }
  return slots;
};

const fullest = (slots: readonly number[], windowMs: number): number => {
  const times = slots.toSorted((one, other) => one - other);
  return Math.max(
    ...times.map((time) => times.filter((one) => one >= time && one < time + windowMs).length),
  );
};

it.each([2_000, 200, 7])(
  "four replicas at %d calls a second: no second holds more, and hardly less",
  async (perSecond) => {
    await using pacers = await openPacers(4);
    const of = channel(perSecond);
    const startedAt = performance.now();
    const slots = (
      await Promise.all(pacers.all.map((one) => slotsIn(one, of, { ms: 3_000 })))
    ).flat();
    const elapsedMs = performance.now() - startedAt;
    // Where a slot lies is told by the clock of Redis and known here by when its answer came.
    expect(fullest(slots, 1_000)).toBeLessThanOrEqual(perSecond * 1.03);
    expect(slots.length).toBeLessThanOrEqual((perSecond * 0.98 * (elapsedMs + 500)) / 1_000 + 1);
    const times = slots.toSorted((one, other) => one - other);
    const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
    expect((slots.length - 1) / seconds).toBeGreaterThan(perSecond * 0.97);
    // And evenly: a tenth of a second holds its share, give or take the jitter of clocks.
    expect(fullest(slots, 100)).toBeLessThan(perSecond * 0.1 * 1.3 + 2);
  },
);

it("hands out what is ahead for a while only; a message on its own has a slot where campaigns have to wait", async () => {
  await using pacers = await openPacers(1);
  const [pacer] = pacers.all;
  const of = channel(100);
  const ask = (urgency: "bulk" | "single") => pacer?.reserve(of, "push", { calls: 50, urgency });
  const grants = [];
  for (let asked = 0; asked < 8; asked += 1) grants.push(await ask("bulk"));
  expect(grants.reduce((sum, one) => sum + (one?.granted ?? 0), 0)).toBeLessThan(70);
  expect(grants.at(-1)).toMatchObject({ granted: 0 });
  const single = await ask("single");
  expect(single?.granted).toBeGreaterThan(0);
  expect(single?.startsInMs).toBeLessThan(700);
});

it("is not slowed down by the few 429 that LINE gives for one person or by chance", async () => {
  await using pacers = await openPacers(2);
  const [one, other] = pacers.all;
  const of = channel(1_000);
  for (let round = 0; round < 200; round += 1)
    await (round % 2 === 0 ? one : other)?.answered(of, "push", { good: 19, bad: 1 });
  const granted = await one?.reserve(of, "push", { calls: 500, urgency: "bulk" });
  expect(granted?.granted).toBe(98);
});

it("comes down to what LINE takes, and asks for more only now and then", async () => {
  await using pacers = await openPacers(1);
  const [pacer] = pacers.all;
  if (!pacer) throw new Error("no pacer");
  const of = channel(2_000);
  let bad = 0;
  let good = 0;
  const bucket = { left: 100, at: performance.now() };
  // LINE takes 100 a second here, as a bucket that is refilled.
  const call = (): boolean => {
    const now = performance.now();
    bucket.left = Math.min(100, bucket.left + (now - bucket.at) / 10);
    bucket.at = now;
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  };
  const endsAt = performance.now() + 15_000;
  while (performance.now() < endsAt) {
    const slots = await pacer.reserve(of, "push", { calls: 200, urgency: "bulk" });
    if (slots.granted === 0) {
      await pause(slots.waitMs);
      continue;
    }
    await pause(slots.startsInMs + slots.granted * slots.everyMs);
    const answers = Array.from({ length: slots.granted }, call);
    const taken = answers.filter(Boolean).length;
    good += taken;
    bad += answers.length - taken;
    await pacer.answered(of, "push", { good: taken, bad: answers.length - taken });
  }
  expect(good).toBeGreaterThan(700);
  expect(bad).toBeLessThan(good * 0.6);
}, 30_000);

it("what a throttled campaign did not use is given back, as long as nobody has gone after it", async () => {
  await using pacers = await openPacers(1);
  const [pacer] = pacers.all;
  if (!pacer) throw new Error("no pacer");
  const id = `camp_${randomUUID()}`;
  const first = await pacer.throttle(id, 60, 30);
  expect(first.waitMs).toBe(0);
  await first.giveBack(9);
  await first.giveBack(0);
  await first.giveBack(20);
  expect((await pacer.throttle(id, 60, 1)).waitMs).toBeLessThanOrEqual(1_000);
  await pause(1_000);
  const second = await pacer.throttle(id, 60, 5);
  expect(second.waitMs).toBe(0);
  await first.giveBack(1);
  expect((await pacer.throttle(id, 60, 1)).waitMs).toBeGreaterThan(4_000);
});
