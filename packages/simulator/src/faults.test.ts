import { expect, it } from "vitest";
import { createFaults } from "./faults.ts";
import type { FaultSubject } from "./faults.ts";
import { createRandom } from "./random.ts";

const subject = (contentHash: number): FaultSubject => ({
  channelId: "c",
  endpoint: "push",
  contentHash,
});

it("strikes the same contents for a seed, whatever the order of the requests", () => {
  const order = Array.from({ length: 200 }, (_, n) => n);
  const random = createRandom("order");
  const shuffled = order.toSorted(() => random.next() - 0.5);
  expect(shuffled).not.toEqual(order);
  expect(struck(1, order)).toEqual(struck(1, shuffled));
  expect(struck(1, order)).not.toEqual(struck(2, order));
});

it("draws anew for every attempt of a content", () => {
  const faults = createFaults(1);
  faults.set([{ kind: "error500Before", rate: 0.5 }]);
  const attempts = Array.from({ length: 40 }, () => faults.choose(subject(7)) !== undefined);
  expect(new Set(attempts).size).toBe(2);
});

it("keeps to the shares of several rules", () => {
  const faults = createFaults(1);
  faults.set([
    { kind: "slow", rate: 0.1 },
    { kind: "hang", rate: 0.2, endpoint: "push" },
    { kind: "rate429", rate: 1, endpoint: "multicast" },
  ]);
  const counts: Record<string, number> = {};
  for (let content = 0; content < 5_000; content += 1) {
    const kind = faults.choose(subject(content))?.kind ?? "none";
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  expect((counts["slow"] ?? 0) / 5_000).toBeCloseTo(0.1, 1);
  expect((counts["hang"] ?? 0) / 5_000).toBeCloseTo(0.2, 1);
  expect(counts["rate429"]).toBeUndefined();
});

it("strikes exactly the next requests of the endpoint and channel", () => {
  const faults = createFaults(1);
  faults.next({ kind: "hang", endpoint: "push", channelId: "c", count: 2 });
  expect(faults.choose({ ...subject(1), channelId: "other" })).toBeUndefined();
  expect(faults.choose({ ...subject(1), endpoint: "reply" })).toBeUndefined();
  expect([1, 2, 3].map((content) => faults.choose(subject(content))?.kind)).toEqual([
    "hang",
    "hang",
    undefined,
  ]);
  expect(faults.isIdle()).toBe(true);
});

it("refuses a share beyond 0 to 1", () => {
  const faults = createFaults(1);
  expect(() => faults.set([{ kind: "slow", rate: 1.1 }])).toThrow("between 0 and 1");
  expect(() => faults.set([{ kind: "slow", rate: Number.NaN }])).toThrow("between 0 and 1");
});

const struck = (seed: number, order: readonly number[]): number[] => {
  const faults = createFaults(seed);
  faults.set([{ kind: "resetBefore", rate: 0.3 }]);
  return order
    .filter((content) => faults.choose(subject(content)) !== undefined)
    .toSorted((one, other) => one - other);
};
