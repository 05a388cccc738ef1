import { describe, expect, it } from "vitest";

import {
  isTrimmed,
  isUsedUp,
  reachFrom,
  spareIn,
  type Allowance,
  type OpenBatch,
  type Progress,
} from "./allowance.ts";
import { allowAll, createMemory } from "./memory.ts";

const open = (seq: number, waiting: number, more: Partial<OpenBatch> = {}): OpenBatch => ({
  seq,
  waiting,
  called: 0,
  spent: 0,
  ...more,
});
const progressOf = (batches: readonly OpenBatch[], more: Partial<Progress> = {}): Progress => ({
  queued: batches.reduce((sum, { waiting, called }) => sum + waiting + called, 0),
  spent: batches.reduce((sum, { spent }) => sum + spent, 0),
  called: batches.reduce((sum, { called }) => sum + called, 0),
  open: batches,
  isWhole: true,
  ...more,
});

describe("how far room reaches", () => {
  const three = [open(0, 200), open(1, 200), open(2, 50)];
  it.each([
    [450, { through: 3, room: null }], // all, and no end of the plan in between
    [449, { through: 2, room: null }],
    [399, { through: 1, room: null }], // into the second only once the first is over
    [200, { through: 1, room: null }],
    [199, { through: 1, room: 199 }],
    [1, { through: 1, room: 1 }],
    [0, undefined],
  ])("%i people", (people, expected) => {
    expect(reachFrom(progressOf(three), people, 3)).toEqual(expected);
  });

  it("leaves out who was sent something and who may have been", () => {
    const tried = [open(4, 100, { spent: 60, called: 40 }), open(7, 30, { called: 20 })];
    // 500 were accepted in batches that are over.
    const progress = progressOf(tried, { spent: 560 });
    expect(reachFrom(progress, 620, 9)).toBeUndefined();
    expect(reachFrom(progress, 621, 9)).toEqual({ through: 5, room: 101 });
    expect(reachFrom(progress, 720, 9)).toEqual({ through: 5, room: null });
    expect(reachFrom(progress, 750, 9)).toEqual({ through: 9, room: null });
  });

  it("is not the whole plan while there are more batches than were looked at", () => {
    const progress = progressOf(three, { isWhole: false });
    expect(reachFrom(progress, 9_999, 99)).toEqual({ through: 3, room: null });
    expect(reachFrom(progressOf([]), 0, 99)).toEqual({ through: 99, room: null });
  });
});

describe("a batch", () => {
  const { batch } = createMemory(10); // camp_1/000000
  const some = (more: Partial<Allowance>): Allowance => ({
    ...allowAll(1),
    choice: "trim",
    people: 3,
    ...more,
  });

  it("has room for all, for some, or for nobody", () => {
    expect(spareIn(batch, null)).toBe(Infinity);
    expect(spareIn(batch, allowAll(1))).toBe(Infinity);
    expect(spareIn(batch, some({ through: 2, room: 3 }))).toBe(Infinity);
    expect(spareIn(batch, some({ through: 1 }))).toBe(Infinity);
    expect(spareIn(batch, some({ through: 0 }))).toBe(0);
    expect(spareIn(batch, some({ through: 0, trims: true }))).toBe(0);
    const recipients = batch.recipients.map((one, index) =>
      index < 2
        ? { ...one, outcome: index === 0 ? ("accepted" as const) : ("skipped" as const) }
        : one,
    );
    const calls = [{ members: [2, 3] }, { members: [4] }] as never;
    const tried = { ...batch, recipients, calls };
    expect(spareIn(tried, some({ through: 1, room: 6 }))).toBe(2);
    expect(spareIn(tried, some({ through: 1, room: 3 }))).toBe(0);
  });

  it("is trimmed only once it is certain, and never of a campaign that waits", () => {
    expect(isTrimmed(batch, some({ through: 1, room: 3 }))).toBe(true);
    expect(isTrimmed(batch, some({ through: 0 }))).toBe(false);
    expect(isTrimmed(batch, some({ through: 0, trims: true }))).toBe(true);
    expect(isTrimmed(batch, some({ through: 1, room: 3, choice: "hold" }))).toBe(false);
  });

  it("is used up once LINE has told about all for whom there was room", () => {
    const reach = { through: 1, room: 3 };
    expect(isUsedUp(open(0, 7, { spent: 3 }), reach)).toBe(true);
    expect(isUsedUp(open(0, 7, { spent: 2, called: 1 }), reach)).toBe(false);
    expect(isUsedUp(open(0, 7, { spent: 2 }), reach)).toBe(false);
    expect(isUsedUp(open(0, 7, { spent: 3 }), { through: 1, room: null })).toBe(false);
  });
});
