import { recipientsOf } from "@yubin/store";
import { expect, it } from "vitest";

import { cleanPlaces, placesKeptMs } from "../src/domain/clean-places.ts";
import type { Erasure } from "../src/domain/forget-person.ts";
import { createAudience } from "../src/store/audience.ts";
import { createBatchFinder } from "../src/store/batch-finder.ts";
import { toCampaign } from "../src/store/feeding.ts";
import { createPlacesCleaning } from "../src/store/places-cleaning.ts";
import { createTraces } from "../src/store/traces.ts";
import { openWorld, until, workspaceId, type World } from "./open-world.ts";

const dayMs = 86_400_000;
const text = "[[m]] The shop opens at ten";

/** People in an uploaded list that was sent to all of them. */
const sendList = async (world: World, count: number) => {
  await world.addFriends(count);
  const people = await world.store.profiles.find().sort({ _id: 1 }).toArray();
  const ids = people.map(({ _id }) => _id);
  const id = await world.launch({ text, list: ids.map((ref) => ({ ref })) });
  await world.untilDone(id);
  return { id, ids };
};
const placesOf = ({ store }: World, id: string): Promise<number> =>
  store.places.countDocuments({ _id: { $gte: `${id}/`, $lt: `${id}0` } });
const clean = ({ store }: World, at: Date, signal = new AbortController().signal) =>
  cleanPlaces({ places: createPlacesCleaning(store), now: () => at }, signal);
const set = async ({ store }: World, id: string, endedAt: Date | null): Promise<void> => {
  const state = endedAt === null ? "paused" : "done";
  await store.campaigns.updateOne({ _id: id }, { $set: { endedAt, state } });
};
const after = (from: Date, ms: number): Date => new Date(from.getTime() + ms);

/** Whoever looks for somebody in the campaign: batches that have them, and whether they are left out of another. */
const find = async (world: World, id: string, profileId: string) => {
  const campaign = await world.campaign(id);
  const { placesGone, audience } = campaign;
  const finder = createBatchFinder(world.store);
  const byFinder = await finder.batchesOf({ id, workspaceId, audience, placesGone }, [profileId]);
  const erasure: Erasure = {
    id: "e",
    workspaceId,
    names: { profileIds: new Set([profileId]), lineUserIds: new Set(), refs: new Set() },
    messageIds: new Set(),
    requestedAt: new Date(),
  };
  const traced = new Set<string>();
  for await (const { batchId } of createTraces(world.store).batches(erasure)) traced.add(batchId);
  const later = { ...toCampaign(campaign), id: "later", exclude: { campaigns: [id] } };
  const excluded = await createAudience(world.store).excluded(later, [profileId, "prof_none"]);
  return { found: byFinder.size, traced: traced.size, excluded: [...excluded] };
};

it("keeps the places of a list for as long as its campaign goes on and long after, and everybody is found when they are gone", async () => {
  await using world = await openWorld();
  const { id, ids } = await sendList(world, 1_200);
  const endedAt = new Date();
  const person = ids[3] ?? "";
  const planned = await world.campaign(id);
  expect(planned.placesUntil?.getTime()).toBeGreaterThan(Date.now() + dayMs / 2);
  expect(await placesOf(world, id)).toBe(1_200);
  const whole = { found: 1, traced: 1, excluded: [person] };

  // Paused for longer than places are kept.
  await set(world, id, null);
  const late = after(endedAt, placesKeptMs + 10 * dayMs);
  await clean(world, late);
  expect((await world.campaign(id)).placesUntil).toEqual(after(late, 30 * dayMs));
  expect(await placesOf(world, id)).toBe(1_200);

  // Ended, and not long enough ago.
  await set(world, id, after(late, dayMs));
  await clean(world, after(late, 31 * dayMs));
  const keptUntil = after(late, dayMs + placesKeptMs);
  expect((await world.campaign(id)).placesUntil).toEqual(keptUntil);
  await clean(world, after(keptUntil, -1));
  expect(await placesOf(world, id)).toBe(1_200);
  expect(await world.campaign(id)).not.toHaveProperty("placesGone", true);
  expect(await find(world, id, person)).toEqual(whole);

  // Nobody looks into them from now on; a day later they go.
  await clean(world, after(keptUntil, 1));
  expect(await world.campaign(id)).toMatchObject({ placesGone: true });
  expect(await placesOf(world, id)).toBe(1_200);
  await clean(world, after(keptUntil, dayMs));
  expect(await placesOf(world, id)).toBe(1_200);
  expect(await clean(world, after(keptUntil, dayMs + 2))).toBe(1);
  expect(await placesOf(world, id)).toBe(0);
  expect(await world.campaign(id)).not.toHaveProperty("placesUntil");
  expect(await find(world, id, person)).toEqual(whole);
  expect(await clean(world, after(keptUntil, 900 * dayMs))).toBe(0);
});

it("goes on where it broke off, and takes no other campaign's", async () => {
  await using world = await openWorld({ senders: 0 });
  const sender = await world.startSender();
  const { id, ids } = await sendList(world, 1_100);
  const other = await world.launch({ text, list: ids.slice(0, 10).map((ref) => ({ ref })) });
  await world.untilDone(other);
  await sender.stop(); // its own sweeper would take what is due here
  const longAgo = new Date(Date.now() - placesKeptMs - dayMs);
  await world.store.campaigns.updateOne(
    { _id: id },
    { $set: { endedAt: longAgo, placesGone: true, placesUntil: longAgo } },
  );
  // As a process that dies after the first thousand.
  const stop = new AbortController();
  const cleaning = createPlacesCleaning(world.store);
  const removeSome: typeof cleaning.removeSome = async (campaign, max) => {
    const removed = await cleaning.removeSome(campaign, max);
    stop.abort();
    return removed;
  };
  const deps = { places: { ...cleaning, removeSome }, now: () => new Date() };
  expect(await cleanPlaces(deps, stop.signal)).toBe(0);
  expect(await placesOf(world, id)).toBe(100);
  expect(await clean(world, new Date())).toBe(1);
  expect(await placesOf(world, id)).toBe(0);
  expect(await placesOf(world, other)).toBe(10);
});

it("removes those of a list of references once it is planned: they are only compared until then", async () => {
  await using world = await openWorld();
  await world.addFriends(20);
  const people = await world.store.profiles.find().toArray();
  const refs = people.map(({ _id }) => _id);
  const id = await world.launch({ text, audience: { type: "refs", refs } });
  const friends = await world.launch({ text: "[[f]] hello" });
  await Promise.all([id, friends].map((one) => world.untilDone(one)));
  expect(await placesOf(world, id)).toBe(20);
  expect(await world.campaign(friends)).not.toHaveProperty("placesUntil");
  await set(world, id, null);
  await world.store.campaigns.updateOne({ _id: id }, { $set: { placesUntil: new Date(0) } });
  await until(async () => (await placesOf(world, id)) === 0, { what: "the sweeper" });
  await until(async () => !("placesUntil" in (await world.campaign(id))), { what: "its end" });
  const [batch] = await world.batchesOf(id);
  expect(batch && recipientsOf(batch)).toHaveLength(20);
  expect(await find(world, id, refs[0] ?? "")).toMatchObject({ found: 1, excluded: [refs[0]] });
});
