import { expect, it } from "vitest";

import { callsOf, packCalls } from "./calls.ts";
import type { CallRow } from "./rows/batches.ts";

const at = new Date("2026-11-25T00:00:00Z");

const push = (index: number, over: Partial<CallRow> = {}): CallRow => ({
  path: `${index}`,
  method: "push",
  members: [index, index],
  body: `{"to":"U${index}","messages":[]}`,
  retryKey: `key-${index}`,
  attempts: 0,
  firstAttemptAt: at,
  nextAt: at,
  ...over,
});

it("writes what pushes share once, and gives back each", () => {
  const calls = [3, 4, 5, 9, 10].map((index) => push(index));
  const packed = packCalls(calls);
  expect(packed).toHaveLength(1);
  expect(packed[0]).toMatchObject({ members: [3, 5, 9, 10], attempts: 0, nextAt: at });
  expect(callsOf({ calls: packed })).toEqual(calls);
});

it("keeps apart what got further, and leaves alone what is like no other", () => {
  const later = new Date(at.getTime() + 1_000);
  const reply = { lineUserId: "U7", until: later };
  const calls: CallRow[] = [
    push(0),
    push(1),
    push(2, { attempts: 1, nextAt: later }),
    push(3, { attempts: 1, nextAt: later }),
    push(4, { attempts: 1, nextAt: at }),
    push(5, { method: "multicast", members: [5, 6] }),
    push(7, { method: "reply", reply, retryKey: "" }),
  ];
  const packed = packCalls(calls);
  expect(packed).toHaveLength(5);
  expect(packed.slice(2)).toEqual(calls.slice(4));
  expect(callsOf({ calls: packed })).toEqual(calls);
});

it("gives everybody their own bytes and key back, in whatever order they were frozen", () => {
  const calls = [5, 0, 3, 2].map((index) => push(index));
  expect(callsOf({ calls: packCalls(calls) })).toEqual([0, 2, 3, 5].map((index) => push(index)));
});

it("keeps two calls of one person apart", () => {
  const calls = [push(1), push(1, { path: "1g1", retryKey: "other" }), push(2)];
  const back = callsOf({ calls: packCalls(calls) });
  expect(back).toHaveLength(3);
  expect(back.toSorted((one, other) => one.path.localeCompare(other.path))).toEqual(calls);
});

it("takes rows of before as they are, and none as none", () => {
  const calls = [push(0), push(1)];
  expect(callsOf({ calls })).toEqual(calls);
  expect(packCalls([])).toEqual([]);
});
