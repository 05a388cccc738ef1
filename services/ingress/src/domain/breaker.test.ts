import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { createBreaker } from "./breaker.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const setup = (probe: () => Promise<void>) => {
  const changes: boolean[] = [];
  const breaker = createBreaker({
    failuresMax: 3,
    probe,
    probeEveryMs: 500,
    onChange: (open) => void changes.push(open),
  });
  return { breaker, changes };
};

it("opens after failures in a row, and only then", () => {
  const { breaker } = setup(() => Promise.reject(new Error("away")));
  breaker.failed();
  breaker.failed();
  breaker.succeeded();
  breaker.failed();
  breaker.failed();
  expect(() => breaker.check()).not.toThrow();
  breaker.failed();
  expect(() => breaker.check()).toThrow(
    expect.objectContaining({ code: "store.unavailable", retryAfterMs: 2_000 }) as Error,
  );
  breaker.close();
});

it("asks now and then, and lets requests in once the store is back", async () => {
  let back = false;
  let asked = 0;
  const { breaker, changes } = setup(async () => {
    asked += 1;
    if (!back) throw new Error("away");
  });
  for (let count = 0; count < 5; count += 1) breaker.failed();
  await vi.advanceTimersByTimeAsync(1_600);
  expect([asked, breaker.open]).toEqual([3, true]);
  back = true;
  await vi.advanceTimersByTimeAsync(500);
  expect(breaker.open).toBe(false);
  expect(() => breaker.check()).not.toThrow();
  expect(changes).toEqual([true, false]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked).toBe(4);
});

it("believes a suspicion only after the store itself did not answer, and asks once at a time", async () => {
  let back = true;
  let asked = 0;
  const { breaker, changes } = setup(async () => {
    asked += 1;
    await Promise.resolve();
    if (!back) throw new Error("away");
  });
  for (let count = 0; count < 10; count += 1) breaker.suspect();
  await vi.advanceTimersByTimeAsync(0);
  expect([asked, breaker.open]).toEqual([1, false]);
  back = false;
  breaker.suspect();
  await vi.advanceTimersByTimeAsync(0);
  expect([asked, breaker.open]).toEqual([2, true]);
  breaker.suspect();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toBe(2);
  back = true;
  await vi.advanceTimersByTimeAsync(600);
  expect(changes).toEqual([true, false]);
});

it("does not open any more once it is closed for good", async () => {
  const { breaker, changes } = setup(() => Promise.reject(new Error("away")));
  breaker.suspect();
  breaker.close();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(changes).toEqual([]);
});
