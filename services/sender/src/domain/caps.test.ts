import { describe, expect, it } from "vitest";

import type { DeliverDeps } from "./deliver-deps.ts";
import { deliverBatch } from "./deliver-batch.ts";
import { createMemory, type Memory } from "./memory.ts";
import type { Contacts } from "./ports.ts";

const ref = { workspaceId: "ws_main", batchId: "camp_1/000000" };
const { signal } = new AbortController();

const capped = (count: number, method: "push" | "multicast" = "push"): Memory => {
  const memory = createMemory(count, method);
  memory.rules = { ...memory.rules, cap: { messages: 1, days: 7 } };
  return memory;
};
const deliverToTheEnd = async (memory: Memory, deps: DeliverDeps = memory.deps): Promise<void> => {
  for (let round = 0; round < 50 && !memory.settled; round += 1) {
    const delivered = await deliverBatch(deps, ref, signal).catch(() => undefined);
    memory.nowMs += delivered?.kind === "again" ? delivered.afterMs + 1 : 20_000;
  }
};
const ends = ({ batch }: Memory) =>
  batch.recipients.map(({ outcome, reason }) => reason ?? outcome ?? "queued");

/** Counts as memory does, and does something once before the count in which others are seen who are coming. */
const onLastCount = (memory: Memory, once: () => void | Promise<void>): Contacts => {
  let isDone = false;
  return {
    countSince: async (_, __, { coming = false }) => {
      if (coming && !isDone) {
        isDone = true;
        await once();
      }
      return memory.contacts;
    },
  };
};

/** Somebody else comes to the second person once ours are announced. */
const besides = (memory: Memory): DeliverDeps => ({
  ...memory.deps,
  contacts: onLastCount(memory, () => void memory.contacts.set("prof_1", 1)),
});

describe("somebody to whom another message comes at the same time", () => {
  it.each(["push", "multicast"] as const)(
    "is left out of a %s that goes to the others, and looked at again",
    async (method) => {
      const memory = capped(3, method);
      await deliverBatch(besides(memory), ref, signal);
      expect(memory.accepted.has("U1")).toBe(false);
      expect(ends(memory)).toEqual(["accepted", "queued", "accepted"]);
      // The other has left them alone for the same reason.
      memory.contacts.clear();
      await deliverToTheEnd(memory);
      expect(Object.fromEntries(memory.accepted)).toEqual({ U0: 1, U1: 1, U2: 1 });
      expect(ends(memory)).toEqual(["accepted", "accepted", "accepted"]);
      expect(memory.calls).toBe(method === "push" ? 3 : 2);
    },
  );

  it("is skipped where the other message has gone by then", async () => {
    const memory = capped(3);
    await deliverBatch(besides(memory), ref, signal);
    await deliverToTheEnd(memory);
    expect(ends(memory)).toEqual(["accepted", "over_cap", "accepted"]);
    expect(memory.accepted.has("U1")).toBe(false);
  });

  it.each([1, 100, 500])(
    "is looked at again, one of %i, in moments that lie apart, so that two who met do not meet again",
    async (count) => {
      let chance = 0;
      const random = (): number => (chance += 0.618_034) % 1;
      const afterMs: number[] = [];
      for (let meeting = 0; meeting < 20; meeting += 1) {
        const memory = capped(count, "multicast");
        const contacts = onLastCount(memory, () => {
          for (const id of memory.people.keys()) memory.contacts.set(id, 1);
        });
        const delivered = await deliverBatch({ ...memory.deps, random, contacts }, ref, signal);
        if (delivered.kind === "again") afterMs.push(delivered.afterMs);
      }
      expect(afterMs).toHaveLength(20);
      expect(Math.max(...afterMs) - Math.min(...afterMs)).toBeGreaterThan(700);
    },
  );
});

describe("whoever is announced and not sent to yet", () => {
  it("can be seen in the batch before the last count, and is gone from it with the freeze", async () => {
    const memory = capped(3);
    let seen: readonly number[] = [];
    const contacts = onLastCount(memory, () => void (seen = memory.batch.announced));
    let frozen: readonly number[] | undefined;
    const step = (name: string): void => {
      if (name === "frozen") frozen = memory.batch.announced;
    };
    await deliverBatch({ ...memory.deps, contacts, step }, ref, signal);
    expect(seen).toEqual([0, 1, 2]);
    expect(frozen).toEqual([]);
    expect(memory.batch.calls).toEqual([]);
  });

  it("is not sent to where the last count fails and somebody else was faster", async () => {
    const memory = capped(1);
    const contacts = onLastCount(memory, () => {
      memory.contacts.set("prof_0", 1);
      throw new Error("connection reset");
    });
    await deliverToTheEnd(memory, { ...memory.deps, contacts });
    expect(ends(memory)).toEqual(["over_cap"]);
    expect(memory.calls).toBe(0);
  });

  it("is not sent to by whoever takes over from a process that died there", async () => {
    const memory = capped(1);
    const contacts = onLastCount(memory, async () => {
      memory.contacts.set("prof_0", 1);
      await new Promise(() => undefined); // it never comes back
    });
    void deliverBatch({ ...memory.deps, contacts }, ref, signal);
    await expect.poll(() => memory.batch.announced).toEqual([0]);
    memory.nowMs += 20_000;
    await deliverToTheEnd(memory);
    expect(ends(memory)).toEqual(["over_cap"]);
    expect(memory.calls).toBe(0);
  });

  it("is not sent to by a process that stood still until it had lost its claim", async () => {
    const memory = capped(1);
    const contacts = onLastCount(memory, async () => {
      memory.contacts.set("prof_0", 1);
      memory.nowMs += 13_000;
      await deliverBatch(memory.deps, ref, signal); // another replica, by the sweeper
      memory.contacts.clear();
    });
    await deliverToTheEnd(memory, { ...memory.deps, contacts });
    expect(ends(memory)).toEqual(["over_cap"]);
    expect(memory.calls).toBe(0);
  });

  it.each(["push", "multicast"] as const)(
    "is looked at again where counting took long, before a %s is frozen",
    async (method) => {
      const memory = capped(3, method);
      const contacts = onLastCount(memory, () => {
        memory.nowMs += 3_000;
        const person = memory.people.get("prof_1");
        if (person) memory.people.set("prof_1", { ...person, suppressed: true });
      });
      await deliverToTheEnd(memory, { ...memory.deps, contacts });
      expect(ends(memory)).toEqual(["accepted", "suppressed", "accepted"]);
      expect(memory.accepted.has("U1")).toBe(false);
    },
  );
});
