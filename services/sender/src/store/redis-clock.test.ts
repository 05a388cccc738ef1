import { expect, it } from "vitest";

import { createRedisClock } from "./redis-clock.ts";

it("believes the fastest answer, however late others come", () => {
  const clock = createRedisClock();
  clock.heard(5_050, 0, 100);
  clock.heard(5_101, 100, 102);
  // Sent at once, and read only after this process had stood still.
  clock.heard(5_201, 200, 260);
  expect(clock.aheadMs()).toBe(5_000);
});

it("follows clocks that drift apart", () => {
  const clock = createRedisClock();
  clock.heard(1_000, 999, 1_001);
  for (let now = 1_000; now <= 61_000; now += 1_000)
    clock.heard(now * 1.0001 + 2, now - 2, now + 2);
  expect(Math.abs(clock.aheadMs() - (61_000 * 0.0001 + 2))).toBeLessThan(3);
});

it("believes another Redis at once, though it is slow", () => {
  const clock = createRedisClock();
  clock.heard(1_000, 999.9, 1_000.1);
  clock.heard(91_000, 1_000, 1_040);
  expect(clock.aheadMs()).toBe(89_980);
});
