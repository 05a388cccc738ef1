import { describe, expect, it } from "vitest";

import { createPlanner, endPlan, type PlanDeps, type PlannedBatch } from "./plan-campaign.ts";
import type { ListRow } from "./plan-people.ts";
import type { Campaign } from "./ports.ts";

const campaign = (
  audience: Campaign["audience"] = { type: "friends" },
  more: Partial<Campaign> = {},
): Campaign => ({
  id: "camp_1",
  workspaceId: "ws_main",
  channelId: "chan_1",
  name: "Spring",
  state: "planning",
  stateReason: null,
  run: 1,
  content: { messages: [] },
  personal: true,
  audience,
  list: null,
  exclude: null,
  asked: { purpose: null, sendBefore: null },
  startsAt: null,
  proven: true,
  throttle: null,
  quota: null,
  quotaWaived: false,
  allowance: null,
  launchedAt: null,
  fedBatches: 0,
  plannedBatches: null,
  ...more,
});

const setup = (
  friends: string[],
  known: Record<string, string> = {},
  { rows = [] as ListRow[], excluded = new Set<string>() } = {},
) => {
  const batches: PlannedBatch[] = [];
  const walks: (string | null)[] = [];
  const places = new Map<string, number>();
  const dropped: string[] = [];
  const deps: PlanDeps = {
    plans: {
      last: async () => batches.at(-1),
      placed: async (_, asked) => new Set(asked.filter((id) => places.has(id))),
      place: async (_, { seq, recipients }) => {
        if (!batches[seq]) throw new Error("a place in a batch that is not there");
        for (const { profileId } of recipients)
          if (profileId !== undefined && !places.has(profileId)) places.set(profileId, seq);
      },
      insert: async (_, batch) => {
        const earlier = batches[batch.seq];
        if (earlier) return earlier;
        if (batch.seq !== batches.length) throw new Error("a gap in the plan");
        batches.push(batch);
        return undefined;
      },
    },
    audience: {
      walkPeople: (_, cursor) => {
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
      readList: async (_, { cursor, count }) => {
        const from = Number(cursor ?? 0);
        const page = rows.slice(from, Math.min(from + count, Math.floor(from / 15 + 1) * 15));
        return page.length > 0 ? { rows: page, cursor: String(from + page.length) } : undefined;
      },
      resolve: async (_, refs) => refs.map((ref) => known[ref]),
      excluded: async (_, asked) => new Set(asked.filter((id) => excluded.has(id))),
      dropData: async ({ id }) => void dropped.push(id),
    },
    now: () => new Date("2026-11-25T00:00:00Z"),
    batchSizes: { personal: 10, multicast: 50 },
  };
  return { deps, batches, friends, walks, dropped };
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

describe("an uploaded list", () => {
  const known = Object.fromEntries(ids(40).map((id, n) => [`user:${n}`, id]));
  const rows = Array.from({ length: 60 }, (_, n) => ({
    ref: `user:${n % 45}`,
    data: { seat: n },
  }));
  const list = { id: "list_1", pages: 4, rows: 60 };

  it("is planned from page to page, each person once with what it says of them", async () => {
    const { deps, batches, dropped } = setup([], known, { rows });
    const one = campaign({ type: "list" }, { list });
    await planAll(deps, one);
    const recipients = batches.flatMap((batch) => batch.recipients);
    expect(recipients).toHaveLength(60);
    expect(recipients.filter(({ outcome }) => !outcome)).toEqual(
      ids(40).map((profileId, n) => ({ ref: `user:${n}`, profileId, data: { seat: n } })),
    );
    const reasons = recipients.flatMap(({ reason }) => reason ?? []);
    expect(reasons.filter((reason) => reason === "duplicate")).toHaveLength(15);
    expect(reasons.filter((reason) => reason === "not_found")).toHaveLength(5);
    expect(recipients.every(({ outcome, data }) => !outcome || !data)).toBe(true);
    expect(dropped).toEqual(["camp_1"]);
  });

  it("gives each person one place, however many plan it and wherever they stop", async () => {
    const { deps, batches } = setup([], known, { rows });
    const one = campaign({ type: "list" }, { list });
    const planners = await Promise.all(Array.from({ length: 4 }, () => createPlanner(deps, one)));
    let draw = 11;
    for (let ended = 0; ended < planners.length;) {
      draw = (draw * 1_103_515_245 + 12_345) % 2_147_483_648;
      const at = draw % planners.length;
      if (draw % 5 === 0) planners[at] = await createPlanner(deps, one);
      if ((await planners[at]?.next())?.endOfPlan) ended += 1;
    }
    const people = peopleIn(batches).filter((id) => id !== undefined);
    expect(people).toEqual(ids(40));
    expect(batches.flatMap((batch) => batch.recipients)).toHaveLength(60);
  });
});

it("leaves out who is excluded, in their place and with a reason", async () => {
  const excluded = new Set(["prof_0001", "prof_0013"]);
  const { deps, batches } = setup(ids(20), {}, { excluded });
  await planAll(deps, campaign(undefined, { exclude: { refs: ["user:x"] } }));
  expect(peopleIn(batches)).toEqual(ids(20));
  const out = batches.flatMap(({ recipients }) => recipients).filter(({ outcome }) => outcome);
  expect(out).toEqual(
    [...excluded].map((profileId) => ({
      profileId,
      outcome: "skipped",
      reason: "excluded",
      settledAt: new Date("2026-11-25T00:00:00Z"),
    })),
  );
});
