import { expect, test } from "vitest";

import { createLateness } from "./lateness.ts";

/** What it comes to after these, two milliseconds apart. */
const after = (samples: readonly number[], thenMs = 0): number => {
  let nowMs = 0;
  const options = { roomMs: 3, tickMs: 5, ticksMax: 20, tickCost: 0.005, lossCost: 0.4 };
  const lateness = createLateness({ ...options, now: () => nowMs });
  for (const late of samples) {
    lateness.was(late);
    nowMs += 2;
  }
  nowMs += thenMs;
  return lateness.ticks();
};

const many = (count: number, late: (nth: number) => number): number[] =>
  Array.from({ length: count }, (_, nth) => late(nth));

test("nobody is late before anybody came", () => {
  expect(after([])).toBe(0);
});

test("has room where that costs less than what would be lost", () => {
  // From 0 to 49 ms, evenly: each tick more saves a tenth of the calls, until all are in time.
  expect(after(many(2_000, (nth) => (nth * 37) % 50))).toBe(10);
  // Eighteen ticks cost 9 %: as much as a bit less than a fourth of the calls.
  expect(after(many(100, (nth) => (nth % 100 < 78 ? 0 : 90)))).toBe(0);
  expect(after(many(100, (nth) => (nth % 100 < 76 ? 0 : 90)))).toBe(18);
});

test("what every slot has room for is not late", () => {
  expect(after(many(100, () => 3))).toBe(0);
  expect(after(many(100, () => 3.1))).toBe(1);
  expect(after(many(100, () => 8))).toBe(1);
});

test("a stop now and then is none, however long it is", () => {
  expect(after(many(2_000, (nth) => (nth % 500 < 50 ? 100 : 0)))).toBe(0);
});

test("what is over is forgotten within two seconds", () => {
  const late = many(1_000, () => 50);
  expect(after([...late, ...many(1_000, () => 0)])).toBe(0);
  expect(after(late, 2_000)).toBe(0);
});

test("makes no room for those whom none would be enough for", () => {
  expect(after(many(100, () => 104))).toBe(0);
  expect(after(many(100, (nth) => (nth % 2 === 0 ? 300 : 0)))).toBe(0);
});

test("never leaves its bounds", () => {
  expect(after(many(100, () => 103))).toBe(20);
  expect(after(many(100, () => -5_000))).toBe(0);
});
