import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";

import { createIntake } from "./intake.ts";

/** Work that ends when told, and how much of it has begun and not ended. */
const createWork = () => {
  const ends: (() => void)[] = [];
  let running = 0;
  return {
    running: () => running,
    work: async (): Promise<void> => {
      running += 1;
      const { promise, resolve } = Promise.withResolvers<void>();
      ends.push(resolve);
      await promise;
      running -= 1;
    },
    endOne: async (): Promise<void> => {
      ends.shift()?.();
      await turn();
    },
  };
};

const startAll = async (count: number, start: () => Promise<void>): Promise<void> => {
  for (let nth = 0; nth < count; nth += 1) void start();
  await turn();
};

test("stores as many at once as it may while there are places", async () => {
  const intake = createIntake({ places: 3, most: 8, least: 2 });
  const stored = createWork();
  const delivered = createWork();
  await startAll(2, () => intake.deliver(delivered.work));
  await startAll(20, () => intake.takeIn(stored.work));
  expect(stored.running()).toBe(8);
});

test("stores few while all places are taken, and many again once one is free", async () => {
  const intake = createIntake({ places: 3, most: 8, least: 2 });
  const stored = createWork();
  const delivered = createWork();
  await startAll(3, () => intake.deliver(delivered.work));
  await startAll(20, () => intake.takeIn(stored.work));
  expect(stored.running()).toBe(2);

  await delivered.endOne();
  expect(stored.running()).toBe(8);

  await startAll(1, () => intake.deliver(delivered.work));
  for (let nth = 0; nth < 6; nth += 1) await stored.endOne();
  expect(stored.running()).toBe(2);
  await stored.endOne();
  expect(stored.running()).toBe(2);
});

test("a delivery that fails gives its place free, and its failure is told", async () => {
  const intake = createIntake({ places: 1, most: 4, least: 1 });
  const stored = createWork();
  await expect(intake.deliver(() => Promise.reject(new Error("away")))).rejects.toThrow("away");
  await startAll(4, () => intake.takeIn(stored.work));
  expect(stored.running()).toBe(4);
});
