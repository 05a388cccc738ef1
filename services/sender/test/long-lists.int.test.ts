import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { recipientsOf } from "@yubin/store";
import { limits, newId } from "@yubin/types";
import { expect, it } from "vitest";

import { createPlanner, type PlanDeps, type Planner } from "../src/domain/plan-campaign.ts";
import { createAudience } from "../src/store/audience.ts";
import { toCampaign } from "../src/store/feeding.ts";
import { pageIdOf } from "../src/store/list-pages.ts";
import { createPlans } from "../src/store/plans.ts";
import { openWorld, workspaceId, type World } from "./open-world.ts";

const rows = 300_000;
/** Every twentieth person once more, far from where they are first. */
const people = Math.round(rows / 1.05);
const profileIdAt = (n: number): string => `prof_${String(n).padStart(32, "0")}`;
const rowAt = (n: number): number => (n < people ? n : (n - people) * 20);

const growthMaxMb = 40;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const usedMb = (): number => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_048_576;
};

const addProfiles = async ({ store, channelId }: World): Promise<void> => {
  const id = await store.profiles.findOne();
  if (!id) throw new Error("nobody");
  const { _id: _, lineAccounts: _accounts, ...rest } = id;
  for (let from = 0; from < people; from += 5_000)
    await store.profiles.insertMany(
      Array.from({ length: Math.min(5_000, people - from) }, (_one, n) => ({
        ...rest,
        _id: profileIdAt(from + n),
        lineAccounts: [],
        friendOf: [channelId],
      })),
      { writeConcern: { w: 1, j: false } },
    );
};

const addPages = async ({ store }: World, campaignId: string) => {
  const id = newId("list");
  const pages = Math.ceil(rows / limits.listPageRows);
  for (let page = 1; page <= pages; page += 1) {
    const from = (page - 1) * limits.listPageRows;
    const refs = Array.from({ length: Math.min(limits.listPageRows, rows - from) }, (_, n) =>
      profileIdAt(rowAt(from + n)),
    );
    await store.audiencePages.insertOne({
      _id: pageIdOf(id, page),
      workspaceId,
      campaignId,
      listId: id,
      upload: "test",
      refs,
      data: [],
      erasures: [],
    });
  }
  return { id, pages, rows };
};

it("300,000 rows with 5 % twice are planned by two at once in flat memory, each person in one place", async () => {
  await using world = await openWorld({ senders: 0 });
  const { store } = world;
  await world.addProfile({});
  await addProfiles(world);
  const id = await world.launch({ text: "[[m]] hello" });
  const list = await addPages(world, id);
  const campaign = {
    ...toCampaign(await world.campaign(id)),
    audience: { type: "list" as const },
    list,
  };
  const deps: PlanDeps = {
    plans: createPlans(store),
    audience: createAudience(store),
    now: () => new Date(),
    batchSizes: { personal: limits.personalBatchRecipients, multicast: 500 },
  };
  const planSome = async (planner: Planner, batches: number): Promise<boolean> => {
    for (let count = 0; count < batches; count += 1)
      if ((await planner.next()).endOfPlan) return true;
    return false;
  };
  const planners = [await createPlanner(deps, campaign), await createPlanner(deps, campaign)];
  const planAll = () => Promise.all(planners.map((planner) => planSome(planner, 60)));
  await planAll();
  const after30k = usedMb();
  let most = 0;
  for (let isEnd = false; !isEnd;) {
    isEnd = (await planAll()).some(Boolean);
    most = Math.max(most, usedMb() - after30k);
  }
  for (const planner of planners) await planner[Symbol.asyncDispose]();
  expect(most).toBeLessThan(growthMaxMb);

  const seen = new Set<string>();
  let [audience, duplicates] = [0, 0];
  for await (const row of store.batches.find({ campaignId: id }))
    for (const { profileId, reason } of recipientsOf(row)) {
      audience += 1;
      if (reason === "duplicate") duplicates += 1;
      if (profileId !== undefined) seen.add(profileId);
    }
  expect({ audience, duplicates, people: seen.size }).toEqual({
    audience: rows,
    duplicates: rows - people,
    people,
  });
  expect(await store.places.countDocuments()).toBe(people);
}, 600_000);
