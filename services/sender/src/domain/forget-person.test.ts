import { expect, it } from "vitest";

import { tallyOf, type Batch } from "./batch.ts";
import { forgetPerson, type ForgetDeps } from "./forget-person.ts";
import { createMemory } from "./memory.ts";

const ref = { workspaceId: "ws_main", erasureId: "erasure" };
const { signal } = new AbortController();

/** Two batches with three people each; the second person of the first is forgotten. */
const createWorld = () => {
  const requestedAt = new Date("2026-11-26T00:00:00Z");
  const batches = new Map<string, Batch>();
  for (const id of ["camp_1/000000", "camp_1/000001"])
    batches.set(id, { ...createMemory(3).batch, id });
  const claims = new Map<string, { token: string; until: Date }>();
  let tokens = 0;
  const world = {
    batches,
    claims,
    nowMs: requestedAt.getTime(),
    step: (_name: string): void => undefined,
    isDone: false,
    takes: 0,
    /** Messages whose links are stored. */
    links: new Set<string>(),
    kept: new Set<string>(),
  };
  const deps: ForgetDeps = {
    erasures: {
      find: async (workspaceId, id) => {
        const names = {
          profileIds: new Set(["prof_1"]),
          lineUserIds: new Set<string>(),
          refs: new Set(["user:ana"]),
        };
        const messageIds = new Set(world.kept);
        return world.isDone ? undefined : { id, workspaceId, names, messageIds, requestedAt };
      },
      keepMessage: async (_erasure, messageId) => {
        world.kept.add(messageId);
      },
      end: async () => {
        world.isDone = true;
      },
    },
    traces: {
      batches: async function* () {
        for (const { id, campaignId, recipients } of batches.values())
          // Messages are found by whom they name.
          if (campaignId !== null || recipients.some((one) => one.ref === "user:ana"))
            yield { workspaceId: "ws_main", batchId: id };
      },
      remove: async () => undefined,
      removeWord: async () => undefined,
    },
    batches: {
      take: async ({ batchId }, { token, now, until, seize }) => {
        const claim = claims.get(batchId);
        if (claim && claim.until >= now && !seize) return undefined;
        claims.set(batchId, { token, until });
        world.takes += 1;
        return batches.get(batchId);
      },
      removeLinks: async (_workspaceId, messageIds) => {
        for (const id of messageIds) world.links.delete(id);
      },
      put: async (token, batch) => {
        if (claims.get(batch.id)?.token !== token) return false;
        batches.set(batch.id, batch);
        claims.delete(batch.id);
        return true;
      },
    },
    now: () => new Date(world.nowMs),
    newToken: () => `token-${(tokens += 1)}`,
    step: (name) => world.step(name),
  };
  /** As the queue does, until there is nothing more to do. */
  const toTheEnd = async (): Promise<void> => {
    for (let round = 0; round < 20 && !world.isDone; round += 1) {
      const forgotten = await forgetPerson(deps, ref, signal).catch(() => undefined);
      world.nowMs += forgotten?.kind === "again" ? forgotten.afterMs : 5_000;
    }
  };
  const skipped = () =>
    [...batches.values()].reduce(
      (sum, { recipients }) => sum + tallyOf(recipients).counts.skipped,
      0,
    );
  const addMessage = (id: string, to: string): void => {
    const { batch } = createMemory(1);
    const content = { messages: [{ type: "text", text: "Dear" }], tracking: "person" } as const;
    batches.set(id, { ...batch, id, campaignId: null, recipients: [{ ref: to }], content });
    world.links.add(id);
  };
  return { world, deps, toTheEnd, skipped, addMessage };
};

it("looks twice, half a minute apart, and then never again", async () => {
  const { world, deps, toTheEnd, skipped } = createWorld();
  await expect(forgetPerson(deps, ref, signal)).resolves.toEqual({
    kind: "again",
    afterMs: 30_000,
  });
  expect(skipped()).toBe(2);
  world.nowMs += 30_000;
  await toTheEnd();
  expect(world).toMatchObject({ isDone: true, takes: 4 });
  await expect(forgetPerson(deps, ref, signal)).resolves.toEqual({ kind: "obsolete" });
});

it("gets there wherever its process dies", async () => {
  for (let place = 0; place < 12; place += 1) {
    const { world, toTheEnd, skipped } = createWorld();
    let count = 0;
    let died = false;
    world.step = () => {
      count += 1;
      if (count !== place + 1) return;
      died = true;
      throw new Error("died");
    };
    await toTheEnd();
    expect({ place, isDone: world.isDone, skipped: skipped() }).toEqual({
      place,
      isDone: true,
      skipped: 2,
    });
    expect(world.claims.size).toBe(0);
    expect(died).toBe(place < 9);
  }
});

it("waits for whoever holds a batch, and takes it from them when it gets late", async () => {
  const { world, deps, toTheEnd, skipped } = createWorld();
  const id = "camp_1/000001";
  world.claims.set(id, { token: "other", until: new Date(world.nowMs + 3_600_000) });
  await expect(forgetPerson(deps, ref, signal)).resolves.toEqual({
    kind: "again",
    afterMs: 10_000,
  });
  expect(skipped()).toBe(1);
  expect(world.claims.get(id)?.token).toBe("other");
  await toTheEnd();
  expect(skipped()).toBe(2);
  expect(world.nowMs - Date.parse("2026-11-26T00:00:00Z")).toBeLessThan(60_000);
});

it("removes the links of messages to them, also one that is written once nothing leads to its message", async () => {
  const { world, deps, toTheEnd, addMessage } = createWorld();
  addMessage("msg_ana", "user:ana");
  addMessage("msg_bob", "user:bob");
  await forgetPerson(deps, ref, signal);
  expect([...world.links]).toEqual(["msg_bob"]);
  expect(world.batches.get("msg_ana")).toMatchObject({ content: null });
  world.links.add("msg_ana"); // by a sender that had stood still
  await toTheEnd();
  expect([...world.links]).toEqual(["msg_bob"]);
});

it("leaves no link wherever its process dies", async () => {
  for (let place = 1; place < 12; place += 1) {
    const { world, toTheEnd, addMessage } = createWorld();
    addMessage("msg_ana", "user:ana");
    let count = 0;
    let isWrittenLate = false;
    world.step = (name) => {
      const isScrubbed = world.batches.get("msg_ana")?.content === null;
      if (isScrubbed && !isWrittenLate) {
        world.links.add("msg_ana");
        isWrittenLate = true;
      }
      count += 1;
      if (count === place) throw new Error(`died at ${name}`);
    };
    await toTheEnd();
    expect({ place, isDone: world.isDone, links: [...world.links] }).toEqual({
      place,
      isDone: true,
      links: [],
    });
  }
});
