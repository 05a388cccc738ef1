import { expect, it } from "vitest";

import { deliverBatch } from "./deliver-batch.ts";
import { createMemory, type Memory } from "./memory.ts";
import type { Pacer, Slot } from "./ports.ts";

const ref = { workspaceId: "ws_main", batchId: "camp_1/000000" };
const { signal } = new AbortController();

interface Book {
  readonly pacer: Pacer;
  /** Handed out, and not given back. */
  readonly kept: Set<Slot>;
  readonly asked: { readonly calls: number; readonly urgency: string }[];
}

/** Keeps a book of slots; of each grant the places in `late` are over before they can be used. */
const bookOf = (memory: Memory, late: (place: number) => boolean = () => false): Book => {
  const kept = new Set<Slot>();
  const asked: Book["asked"][number][] = [];
  const forget = (slots: readonly Slot[]): void => {
    for (const slot of slots) expect(kept.delete(slot)).toBe(true);
  };
  return {
    kept,
    asked,
    pacer: {
      ...memory.deps.pacer,
      reserve: async (_channel, _method, { calls, urgency, instead = [] }) => {
        forget(instead);
        asked.push({ calls, urgency });
        const slots = Array.from({ length: Math.min(calls, 40) }, (_, place) => ({
          tick: place,
          at: memory.nowMs + (urgency !== "begun" && late(place) ? -6 : place),
        }));
        for (const slot of slots) kept.add(slot);
        return { slots, waitMs: 0 };
      },
      release: async (_channel, _method, slots) => forget(slots),
    },
  };
};

const passTime = (memory: Memory): Memory["deps"]["untilSlot"] => {
  return async (ms) => {
    memory.nowMs += ms;
  };
};

it("gives back the slots of people who are sent nothing", async () => {
  const memory = createMemory(30);
  for (const [id, person] of [...memory.people].slice(0, 12))
    memory.people.set(id, { ...person, suppressed: true });
  const book = bookOf(memory);
  const deps = { ...memory.deps, pacer: book.pacer, untilSlot: passTime(memory) };
  await expect(deliverBatch(deps, ref, signal)).resolves.toMatchObject({ kind: "settled" });
  expect(memory.calls).toBe(18);
  expect(book.kept.size).toBe(18);
});

it("takes other slots instead of those that it comes too late for, and gives these back", async () => {
  const memory = createMemory(30);
  const book = bookOf(memory, (place) => place < 10);
  const deps = { ...memory.deps, pacer: book.pacer, untilSlot: passTime(memory) };
  await expect(deliverBatch(deps, ref, signal)).resolves.toMatchObject({ kind: "settled" });
  expect(memory.calls).toBe(30);
  expect(book.asked).toEqual([
    { calls: 30, urgency: "bulk" },
    { calls: 10, urgency: "begun" },
  ]);
  expect(book.kept.size).toBe(30);
});

it.each([
  [
    "the campaign is paused",
    (memory: Memory) => ({ ...memory.campaign, state: "paused" as const }),
  ],
  ["it is cancelled", (memory: Memory) => ({ ...memory.campaign, state: "cancelled" as const })],
])("gives all of them back where %s before the look", async (_, change) => {
  const memory = createMemory(30);
  const book = bookOf(memory);
  const pacer: Pacer = {
    ...book.pacer,
    reserve: async (...asked) => {
      const granted = await book.pacer.reserve(...asked);
      memory.campaign = change(memory);
      return granted;
    },
  };
  await deliverBatch({ ...memory.deps, pacer }, ref, signal);
  expect(memory.calls).toBe(0);
  expect(book.kept.size).toBe(0);
});

it("gives them back where what is true cannot be read", async () => {
  const memory = createMemory(30);
  const book = bookOf(memory);
  const people = { find: async () => Promise.reject(new Error("away")) };
  const deps = { ...memory.deps, pacer: book.pacer, people };
  await expect(deliverBatch(deps, ref, signal)).rejects.toThrow("away");
  expect(book.kept.size).toBe(0);
});
