import { describe, expect, it } from "vitest";

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
          graceMs: 3,
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

it("tells how late it comes to each slot, also of those that it cannot use", async () => {
  const memory = createMemory(30);
  const book = bookOf(memory);
  const came: number[] = [];
  const pacer = { ...book.pacer, came: (lateMs: number) => void came.push(lateMs) };
  const untilSlot = async (ms: number): Promise<void> => {
    memory.nowMs += ms + (memory.calls === 5 && came.length === 5 ? 10 : 0);
  };
  const deps = { ...memory.deps, pacer, untilSlot };
  await expect(deliverBatch(deps, ref, signal)).resolves.toMatchObject({ kind: "settled" });
  expect(memory.calls).toBe(30);
  // Seven were missed, and other ones taken in their place.
  expect(came.slice(4, 16)).toEqual([0, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  expect(came).toHaveLength(37);
});

describe("a call that its slot was over for before its first byte", () => {
  /** From its turn to its first byte the tenth call takes so long. */
  const busyAtTheTenth = (pauseMs: number) => {
    const memory = createMemory(30);
    const book = bookOf(memory);
    let asked = 0;
    const sendCall: Memory["deps"]["sendCall"] = async (call, mayStart) => {
      asked += 1;
      if (asked === 10) memory.nowMs += pauseMs;
      return memory.deps.sendCall(call, mayStart);
    };
    const deps = { ...memory.deps, pacer: book.pacer, untilSlot: passTime(memory), sendCall };
    return { memory, book, deps };
  };
  /** Redis goes away once it has granted something. */
  const onceOnly = (pacer: Pacer): Pacer => {
    let isAway = false;
    return {
      ...pacer,
      reserve: async (...of) => {
        if (isAway) throw new Error("no Redis");
        isAway = true;
        return pacer.reserve(...of);
      },
    };
  };

  it("is made in another one, and everyone has it once", async () => {
    const { memory, book, deps } = busyAtTheTenth(8);
    await expect(deliverBatch(deps, ref, signal)).resolves.toMatchObject({ kind: "settled" });
    expect(memory.calls).toBe(30);
    expect([...memory.accepted.values()]).toEqual(Array.from({ length: 30 }, () => 1));
    expect(book.asked.map(({ urgency }) => urgency)).toEqual(["bulk", "begun"]);
    expect(book.kept.size).toBe(30);
  });

  it("is not made once its claim is over, and goes to whoever has it then", async () => {
    const { memory, deps } = busyAtTheTenth(60_000);
    await expect(deliverBatch(deps, ref, signal)).resolves.toMatchObject({ kind: "again" });
    expect(memory.calls).toBe(9);
    memory.claim = null;
    await expect(deliverBatch(memory.deps, ref, signal)).resolves.toMatchObject({
      kind: "settled",
    });
    expect([...memory.accepted.values()]).toEqual(Array.from({ length: 30 }, () => 1));
  });

  it("is taken back where no slot is to be had any more", async () => {
    const { memory, book, deps } = busyAtTheTenth(2_000);
    await expect(
      deliverBatch({ ...deps, pacer: onceOnly(book.pacer) }, ref, signal),
    ).rejects.toThrow("no Redis");
    expect(memory.calls).toBe(9);
    expect(memory.batch.calls).toEqual([]);
  });

  it("is taken back at once where it waits for a connection and no slot is to be had any more", async () => {
    const memory = createMemory(30);
    const book = bookOf(memory, (place) => place === 29);
    const asks: (() => boolean)[] = [];
    const sendCall: Memory["deps"]["sendCall"] = (_, mayStart = () => true) => {
      asks.push(mayStart);
      return new Promise(() => undefined);
    };
    const pacer = onceOnly(book.pacer);
    const deps = { ...memory.deps, pacer, untilSlot: passTime(memory), sendCall };
    await expect(deliverBatch(deps, ref, signal)).rejects.toThrow("no Redis");
    expect(asks).toHaveLength(29);
    expect(memory.batch.calls).toEqual([]);
    // Whenever a connection is there for them.
    expect(asks.map((ask) => ask())).toEqual(asks.map(() => false));
  });
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

it("gives back a throttled campaign's share of the minute where nobody is sent anything", async () => {
  const memory = createMemory(30);
  memory.campaign = { ...memory.campaign, throttle: { perHour: 60 } };
  const taken: number[] = [];
  const throttle: Pacer["throttle"] = async (_id, _perMinute, count) => {
    taken.push(count);
    return { waitMs: 0, giveBack: async (unused) => void taken.push(-unused) };
  };
  const pacer: Pacer = { ...memory.deps.pacer, throttle };
  const people = { find: async () => Promise.reject(new Error("away")) };
  await deliverBatch({ ...memory.deps, pacer, people }, ref, signal).catch(() => undefined);
  const reserve = async (): Promise<never> => Promise.reject(new Error("no Redis"));
  memory.nowMs += 60_000;
  const away = { ...memory.deps, pacer: { ...pacer, reserve } };
  await expect(deliverBatch(away, ref, signal)).rejects.toThrow("no Redis");
  expect(taken.filter((count) => count > 0)).toHaveLength(2);
  expect(taken.reduce((sum, count) => sum + count, 0)).toBe(0);
});

it("gives them back where what is true cannot be read", async () => {
  const memory = createMemory(30);
  const book = bookOf(memory);
  const people = { find: async () => Promise.reject(new Error("away")) };
  const deps = { ...memory.deps, pacer: book.pacer, people };
  await expect(deliverBatch(deps, ref, signal)).rejects.toThrow("away");
  expect(book.kept.size).toBe(0);
});

it("asks again whether to send at all where MongoDB took long to keep the calls", async () => {
  const memory = createMemory(30);
  const book = bookOf(memory);
  const step = (name: string): void => {
    if (name !== "frozen") return;
    memory.nowMs += 3_000;
    memory.campaign = { ...memory.campaign, state: "paused" };
  };
  const deps = { ...memory.deps, pacer: book.pacer, step };
  await expect(deliverBatch(deps, ref, signal)).resolves.toEqual({ kind: "parked" });
  expect(memory.calls).toBe(0);
  expect(memory.batch.calls).toEqual([]);
  expect(book.kept.size).toBe(0);
});

it("takes back what it did not begin where Redis is away, so that nobody is sent anything by what was true before", async () => {
  const memory = createMemory(2);
  const away = new Error("Redis is away");
  let isAway = false;
  const pacer: Pacer = {
    ...memory.deps.pacer,
    reserve: async (_channel, _method, { calls }) => {
      if (isAway) throw away;
      isAway = true;
      // Over before they can be used, so that others have to be asked for.
      return {
        slots: Array.from({ length: calls }, () => ({
          tick: 0,
          graceMs: 3,
          at: memory.nowMs - 50,
        })),
        waitMs: 0,
      };
    },
  };
  await expect(deliverBatch({ ...memory.deps, pacer }, ref, signal)).rejects.toBe(away);
  expect(memory.batch.calls).toEqual([]);
  for (const [id, person] of memory.people) memory.people.set(id, { ...person, suppressed: true });
  memory.nowMs += 600_000;
  await expect(deliverBatch(memory.deps, ref, signal)).resolves.toMatchObject({ kind: "settled" });
  expect(memory.calls).toBe(0);
});

describe("a process that stood still while it waited for a slot to repeat a call", () => {
  /** A call that LINE has, and whose answer nobody heard. */
  const openCall = async (): Promise<Memory> => {
    const memory = createMemory(1);
    const patience = async (): Promise<void> => Promise.reject(new Error("killed"));
    const unheard: Memory["deps"]["sendCall"] = async (call) => {
      await memory.deps.sendCall(call);
      return new Promise(() => undefined);
    };
    const dies = deliverBatch({ ...memory.deps, sendCall: unheard, patience }, ref, signal);
    await dies.catch(() => undefined);
    memory.claim = null;
    memory.nowMs += 60_000;
    return memory;
  };

  it.each([
    ["longer than its claim", 30_000],
    ["longer than LINE knows the key", 25 * 3_600_000],
  ])("for %s makes none when it wakes", async (_, ms) => {
    const memory = await openCall();
    const asleep = Promise.withResolvers<void>();
    const impatient = Promise.withResolvers<void>();
    let made = 0;
    const sleeper = deliverBatch(
      {
        ...memory.deps,
        pacer: {
          ...memory.deps.pacer,
          reserve: async () => ({
            slots: [{ tick: 0, graceMs: 3, at: memory.nowMs + 300 }],
            waitMs: 0,
          }),
        },
        untilSlot: async () => {
          await asleep.promise;
          // The other one was here; its slot is as good as new.
          memory.nowMs += 300;
        },
        patience: () => impatient.promise,
        sendCall: async () => {
          made += 1;
          return { kind: "unknown", reason: "timeout" };
        },
      },
      ref,
      signal,
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    memory.nowMs += 15_000;
    await expect(deliverBatch(memory.deps, ref, signal)).resolves.toMatchObject({
      kind: "settled",
    });
    memory.nowMs += ms;
    // First it learns that nobody waits any longer, and then that its slot is there.
    impatient.resolve();
    await Promise.resolve();
    asleep.resolve();
    await expect(sleeper).resolves.toEqual({ kind: "lost" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(made).toBe(0);
  });

  it("and whose claim nobody took begins none whose key LINE may have forgotten", async () => {
    const memory = await openCall();
    let made = 0;
    const deps: Memory["deps"] = {
      ...memory.deps,
      // The wait is short for the claim, and too long for the key.
      pacer: {
        ...memory.deps.pacer,
        reserve: async () => ({
          slots: [{ tick: 0, graceMs: 3, at: memory.nowMs + 1_000 }],
          waitMs: 0,
        }),
      },
      retryKeyUsableMs: 60_500,
      untilSlot: async (ms) => {
        memory.nowMs += ms;
      },
      sendCall: async () => {
        made += 1;
        return { kind: "unknown", reason: "timeout" };
      },
    };
    await expect(deliverBatch(deps, ref, signal)).resolves.toMatchObject({ kind: "settled" });
    expect(made).toBe(0);
    expect(memory.batch.recipients[0]).toMatchObject({
      outcome: "unknown",
      reason: "retry_key_expired",
    });
  });
});
