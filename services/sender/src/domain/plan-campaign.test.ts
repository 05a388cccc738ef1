import { describe, expect, it } from "vitest";

import { createPlanner, endPlan, type PlanDeps, type PlannedBatch } from "./plan-campaign.ts";
import type { Campaign } from "./ports.ts";

const campaign = (audience: Campaign["audience"] = { type: "friends" }): Campaign => ({
  id: "camp_1",
  workspaceId: "ws_main",
  channelId: "chan_1",
  name: "Spring",
  state: "planning",
  content: { messages: [] },
  personal: true,
  audience,
  asked: { purpose: null, sendBefore: null },
  startsAt: null,
  proven: true,
  throttle: null,
  launchedAt: null,
  fedBatches: 0,
  plannedBatches: null,
});

const setup = (friends: string[], known: Record<string, string> = {}) => {
  const batches: PlannedBatch[] = [];
  const walks: (string | null)[] = [];
  const deps: PlanDeps = {
    plans: {
      last: async () => batches.at(-1),
      plannedPeople: async () =>
        batches.flatMap(({ recipients }) => recipients.flatMap(({ profileId }) => profileId ?? [])),
      insert: async (_, batch) => {
        const earlier = batches[batch.seq];
        if (earlier) return earlier;
        if (batch.seq !== batches.length) throw new Error("a gap in the plan");
        batches.push(batch);
        return undefined;
      },
    },
    audience: {
      walkFriends: (_, cursor) => {
        walks.push(cursor);
        let at = cursor ?? "";
        return {
          next: async (count) => {
            const page = friends.filter((id) => id > at).slice(0, count);
            at = page.at(-1) ?? at;
            return page;
          },
          [Symbol.asyncDispose]: async () => undefined,
        };
      },
      resolve: async (_, refs) => refs.map((ref) => known[ref]),
    },
    now: () => new Date("2026-11-25T00:00:00Z"),
    batchSizes: { personal: 10, multicast: 50 },
  };
  return { deps, batches, friends, walks };
};
const planAll = async (deps: PlanDeps, one: Campaign): Promise<void> => {
  const planner = await createPlanner(deps, one);
  for (let batch = await planner.next(); !batch.endOfPlan;) batch = await planner.next();
};
const ids = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `prof_${String(index).padStart(4, "0")}`);
const peopleIn = (batches: readonly PlannedBatch[]) =>
  batches.flatMap(({ recipients }) => recipients.map(({ profileId }) => profileId));

it("gives every friend one place, and ends with a number of its own", async () => {
  const { deps, batches, friends, walks } = setup(ids(95));
  await planAll(deps, campaign());
  expect(peopleIn(batches)).toEqual(friends);
  expect(walks).toEqual([null]);
  expect(batches).toHaveLength(11);
  expect(batches.at(-1)).toMatchObject({ seq: 10, endOfPlan: true, recipients: [] });
});

it("goes on after the last batch that was written, wherever it stopped", async () => {
  const { deps, batches, friends, walks } = setup(ids(95));
  const first = await createPlanner(deps, campaign());
  await first.next();
  await first.next();
  await planAll(deps, campaign());
  expect(peopleIn(batches)).toEqual(friends);
  expect(walks).toEqual([null, "prof_0019"]);
});

it("lets several walk at once while people come and go, and each person keeps one place", async () => {
  const { deps, batches, friends } = setup(ids(200));
  const planners = await Promise.all(
    Array.from({ length: 5 }, () => createPlanner(deps, campaign())),
  );
  let draw = 7;
  for (let ended = 0; ended < planners.length;) {
    draw = (draw * 1_103_515_245 + 12_345) % 2_147_483_648;
    const batch = await planners[draw % planners.length]?.next();
    if (batch?.endOfPlan) ended += 1;
    else if (draw % 3 === 0) friends.splice(draw % friends.length, 1);
    else friends.push(`prof_9${String(draw).padStart(12, "0")}`);
    friends.sort();
  }
  const people = peopleIn(batches);
  expect(new Set(people).size).toBe(people.length);
  expect(batches.filter(({ endOfPlan }) => endOfPlan)).toHaveLength(1);
});

it("is closed by a cancellation, so that nobody adds to it", async () => {
  const { deps, batches } = setup(ids(95));
  const planner = await createPlanner(deps, campaign());
  await planner.next();
  await endPlan(deps, campaign());
  expect(await planner.next()).toMatchObject({ seq: 1, endOfPlan: true });
  expect(batches).toHaveLength(2);
});

describe("references", () => {
  const refs = ["user:a", "user:b", "nonsense", "user:a2", "user:nobody", "user:c"];
  const known = { "user:a": "prof_a", "user:b": "prof_b", "user:a2": "prof_a", "user:c": "prof_c" };

  it("become one place a person, and an end where there is nobody", async () => {
    const { deps, batches } = setup([], known);
    await planAll(deps, campaign({ type: "refs", refs }));
    const outcome = { outcome: "skipped", settledAt: new Date("2026-11-25T00:00:00Z") };
    expect(batches[0]?.recipients).toEqual([
      { ref: "user:a", profileId: "prof_a" },
      { ref: "user:b", profileId: "prof_b" },
      { ref: "nonsense", ...outcome, reason: "ref_invalid" },
      { ref: "user:a2", ...outcome, reason: "duplicate" },
      { ref: "user:nobody", ...outcome, reason: "not_found" },
      { ref: "user:c", profileId: "prof_c" },
    ]);
  });

  it("name a person once over all batches, also after a restart", async () => {
    const { deps, batches } = setup([], known);
    const many = [
      ...Array(4).fill("user:a"),
      ...Array(4).fill("user:b"),
      "user:c",
      "user:a",
      ...refs,
    ];
    const one = campaign({ type: "refs", refs: many });
    await (await createPlanner(deps, one)).next();
    await planAll(deps, one);
    const people = peopleIn(batches).filter((id) => id !== undefined);
    expect(people.sort()).toEqual(["prof_a", "prof_b", "prof_c"]);
    expect(batches.flatMap(({ recipients }) => recipients)).toHaveLength(many.length);
  });
});
