import { expect, it } from "vitest";

import { createTurns } from "./turns.ts";

const rule = { size: 50, perSecond: 200 };

it("gives a tenant with few jobs a turn before nearly all of one with many", () => {
  const turns = createTurns(rule, () => 0);
  const many = Array.from({ length: 200_000 }, () => turns.next("many"));
  const few = Array.from({ length: 100 }, () => turns.next("few"));
  expect(Math.max(...few)).toBe(1);
  expect(many.filter((turn) => turn <= 1)).toHaveLength(100);
  expect(many.at(-1)).toBe(3_999);
});

it("keeps the order of one tenant's jobs while they pile up", () => {
  const turns = createTurns(rule, () => 0);
  const many = Array.from({ length: 1_000 }, () => turns.next("many"));
  expect(many).toEqual(many.toSorted((one, other) => one - other));
});

it("lets whoever goes no faster than the pace wait for nobody, and forgets a pile in time", () => {
  let now = 0;
  const turns = createTurns(rule, () => now);
  for (let job = 0; job < 2_000; job += 1) {
    expect(turns.next("steady")).toBe(0);
    now += 5;
  }
  for (let job = 0; job < 10_000; job += 1) turns.next("pile");
  expect(turns.next("pile")).toBe(200);
  now += 50_000;
  expect(turns.next("pile")).toBe(0);
});

it("never gives a turn that BullMQ does not take, and remembers no more tenants than it can", () => {
  const turns = createTurns({ size: 1, perSecond: 0 }, () => 0);
  for (let tenant = 0; tenant < 20_000; tenant += 1) expect(turns.next(`${tenant}`)).toBe(0);
  const endless = createTurns({ size: 0.000_001, perSecond: 0 }, () => 0);
  for (let job = 0; job < 10; job += 1) expect(endless.next("a")).toBeLessThanOrEqual(2_000_000);
});
