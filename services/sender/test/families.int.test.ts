import type { MergeRow } from "@yubin/store";
import { afterAll, beforeAll, expect, it } from "vitest";

import type { Campaign } from "../src/domain/ports.ts";
import { createBatchFinder } from "../src/store/batch-finder.ts";
import { createFamilies } from "../src/store/families.ts";
import { toCampaign } from "../src/store/feeding.ts";
import { openWorld, workspaceId, type World } from "./open-world.ts";

const days = (count: number): Date => new Date(Date.now() + count * 86_400_000);
const merge = (from: string, more: Partial<MergeRow>): MergeRow => ({
  _id: `merge_${from}_${Math.random()}`,
  workspaceId,
  eventRowId: "e",
  askedBy: "merge",
  from,
  into: "prof_0",
  state: "done",
  loserVersion: 1,
  lendsExternalId: false,
  loserBefore: null,
  survivorBefore: null,
  survivorVersion: 1,
  values: [],
  undoUntil: days(-2),
  startedAt: days(-40),
  doneAt: days(-40),
  undoneAt: null,
  nextAt: null,
  ...more,
});

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

it.each<[string, readonly Partial<MergeRow>[], boolean]>([
  ["merged long ago, for good", [{}], false],
  [
    "merged long ago, after another merge was undone",
    [{ state: "undone", undoneAt: days(-50) }, {}],
    false,
  ],
  ["merged since the launch", [{ doneAt: days(0) }], true],
  [
    "merged a moment before the launch, by some clock",
    [{ doneAt: new Date(Date.now() - 60_000) }],
    true,
  ],
  ["still to be undone", [{ undoUntil: days(1) }], true],
  ["being undone", [{}, { state: "undoing" }], true],
  ["undone since the launch and merged again", [{ state: "undone", undoneAt: days(0) }, {}], true],
  ["whose merge is not done", [{ state: "started", doneAt: null }], true],
  ["without a journal", [], true],
])("tells whether a profile may have a place: one %s", async (name, rows, may) => {
  for (const row of rows) await world.store.merges.insertOne(merge(name, row));
  const campaign = { id: "c", workspaceId, launchedAt: new Date() } as Campaign;
  const able = await createFamilies(world.store).mayHavePlace(campaign, [name]);
  expect(able.has(name)).toBe(may);
});

it("finds everybody's batch by halving, and nobody who has none", async () => {
  await world.addFriends(5_003);
  const id = await world.launch({ text: "[[m]] hello" });
  await world.untilDone(id);
  const campaign = toCampaign(await world.campaign(id));
  const finder = createBatchFinder(world.store);
  const rows = await world.batchesOf(id);
  expect(rows.length).toBe(12);
  for (const { _id, packed } of rows) {
    const ids = packed?.profileIds ?? [];
    for (const one of [ids[0], ids.at(1), ids.at(-1)].filter((found) => found !== undefined))
      expect([...(await finder.batchesOf(campaign, [one]))]).toEqual([_id]);
    const all = await finder.batchesOf(campaign, ids);
    expect([...all]).toEqual(ids.length > 0 ? [_id] : []);
  }
  for (const stranger of ["prof_0", "prof_zzz"])
    expect((await finder.batchesOf(campaign, [stranger])).size).toBe(0);
});
