import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { createIntake } from "./intake.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** As long as places have to be free before they count as free. */
const freeAfterMs = 250;

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
  const intake = createIntake({ places: 4, most: 8, least: 2 });
  const stored = createWork();
  const delivered = createWork();
  await startAll(1, () => intake.deliver(delivered.work));
  await startAll(20, () => intake.takeIn(stored.work));
  expect(stored.running()).toBe(8);
});

test("stores few while half of the places are taken, and many again once they are not", async () => {
  const intake = createIntake({ places: 4, most: 8, least: 2 });
  const stored = createWork();
  const delivered = createWork();
  await startAll(4, () => intake.deliver(delivered.work));
  await startAll(20, () => intake.takeIn(stored.work));
  expect(stored.running()).toBe(2);

  for (let nth = 0; nth < 3; nth += 1) await delivered.endOne();
  await vi.advanceTimersByTimeAsync(freeAfterMs);
  expect(stored.running()).toBe(8);

  await startAll(1, () => intake.deliver(delivered.work));
  for (let nth = 0; nth < 6; nth += 1) await stored.endOne();
  expect(stored.running()).toBe(2);
  await stored.endOne();
  expect(stored.running()).toBe(2);
});

test("stores no more for the moment in which places have ended one and not begun the next, even all at once", async () => {
  const intake = createIntake({ places: 4, most: 8, least: 2 });
  const stored = createWork();
  const delivered = createWork();
  await startAll(4, () => intake.deliver(delivered.work));
  await startAll(20, () => intake.takeIn(stored.work));
  for (let round = 0; round < 10; round += 1) {
    for (let nth = 0; nth < 4; nth += 1) await delivered.endOne();
    await vi.advanceTimersByTimeAsync(freeAfterMs - 1);
    expect(stored.running()).toBe(2);
    await startAll(4, () => intake.deliver(delivered.work));
  }
});

test("whose turn does not come is told to come again, and is not stored after that", async () => {
  const intake = createIntake({ places: 1, most: 4, least: 1 });
  const stored = createWork();
  void intake.deliver(createWork().work);
  await startAll(1, () => intake.takeIn(stored.work));
  const later = vi.fn<() => Promise<void>>(async () => undefined);
  const waits = intake.takeIn(later).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(stored.running()).toBe(1);
  await expect(waits).resolves.toMatchObject({ code: "in_progress", retry: "later" });
  await stored.endOne();
  expect(later).not.toHaveBeenCalled();
  // Nor does it hold up others.
  await startAll(1, () => intake.takeIn(stored.work));
  expect(stored.running()).toBe(1);
});

test("a delivery that fails gives its place free, and its failure is told", async () => {
  const intake = createIntake({ places: 1, most: 4, least: 1 });
  const stored = createWork();
  await expect(intake.deliver(() => Promise.reject(new Error("away")))).rejects.toThrow("away");
  await vi.advanceTimersByTimeAsync(freeAfterMs);
  await startAll(4, () => intake.takeIn(stored.work));
  expect(stored.running()).toBe(4);
});
