import { describe, expect, it } from "vitest";

import { tallyOf } from "./batch.ts";
import type { DeliverDeps } from "./deliver-deps.ts";
import { deliverBatch, type Delivered } from "./deliver-batch.ts";
import { createMemory, type Memory } from "./memory.ts";

const ref = { workspaceId: "ws_main", batchId: "camp_1/000000" };
const { signal } = new AbortController();
const deliver = (deps: DeliverDeps): Promise<Delivered> => deliverBatch(deps, ref, signal);
const counts = ({ batch }: Memory) => tallyOf(batch.recipients).counts;

describe("while words are rendered for a while", () => {
  /** As long as a queue of other people's words may take, and what happens meanwhile. */
  const slowly = (memory: Memory, meanwhile: () => void): DeliverDeps => ({
    ...memory.deps,
    renderMessages: async (request) => {
      const rendered = await memory.deps.renderMessages(request);
      memory.nowMs += 2_000;
      meanwhile();
      return rendered;
    },
  });

  it("nothing begins for a campaign that is paused", async () => {
    const memory = createMemory(10);
    const pause = () => {
      memory.campaign = { ...memory.campaign, state: "paused" };
    };
    expect(await deliver(slowly(memory, pause))).toEqual({ kind: "parked" });
    expect(memory.calls).toBe(0);
    expect(counts(memory)).toMatchObject({ queued: 10 });
  });

  it("nothing begins for a campaign that is cancelled", async () => {
    const memory = createMemory(10);
    const cancel = () => {
      memory.campaign = { ...memory.campaign, state: "cancelled" };
    };
    expect(await deliver(slowly(memory, cancel))).toMatchObject({ kind: "settled" });
    expect(memory.calls).toBe(0);
    expect(counts(memory)).toMatchObject({ cancelled: 10 });
  });

  it("nothing begins for somebody who left; the others get theirs", async () => {
    const memory = createMemory(10);
    const [id, person] = [...memory.people][3] ?? [];
    if (!id || !person) throw new Error("nobody");
    const leave = () => {
      const accounts = person.accounts.map((one) => ({
        ...one,
        friendship: { chan_1: { state: "blocked" as const } },
      }));
      memory.people.set(id, { ...person, accounts });
    };
    await deliver(slowly(memory, leave));
    memory.nowMs += 20_000;
    await deliver(memory.deps);
    expect(memory.accepted.has("U3")).toBe(false);
    expect(memory.batch.recipients[3]).toMatchObject({ reason: "not_following" });
    expect(counts(memory)).toMatchObject({ accepted: 9, skipped: 1, queued: 0 });
  });
});

it("looks again at whom there was no time for, until there is", async () => {
  const memory = createMemory(10);
  let asked = 0;
  const deps: DeliverDeps = {
    ...memory.deps,
    renderMessages: async (request) => {
      asked += 1;
      const rendered = await memory.deps.renderMessages(request);
      return rendered.map((one, place) => (place < 4 ? one : { later: true }));
    },
  };
  for (let round = 0; round < 20 && !memory.settled; round += 1) {
    await deliver(deps);
    memory.nowMs += 2_000;
  }
  expect(asked).toBeGreaterThanOrEqual(3);
  expect(counts(memory)).toMatchObject({ accepted: 10, queued: 0 });
  expect(Math.max(...memory.accepted.values())).toBe(1);
});

it("skips whom a printed value is missing for, where the content says so", async () => {
  const memory = createMemory(3);
  const messages = [{ type: "text", text: "hi {{ profile.traits.name }}" }];
  memory.campaign = { ...memory.campaign, content: { messages, missing: "skip" } };
  const [id, person] = [...memory.people][1] ?? [];
  if (!id || !person) throw new Error("nobody");
  memory.people.set(id, { ...person, traits: { name: "Aiko" } });
  await deliver(memory.deps);
  expect(memory.batch.recipients.map(({ outcome, reason }) => reason ?? outcome)).toEqual([
    "missing_attribute",
    "accepted",
    "missing_attribute",
  ]);
});
