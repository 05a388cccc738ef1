import { checkPeople } from "@yubin/people-model";
import { aliasKey, type AliasName } from "@yubin/types";
import { expect, it } from "vitest";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { identify, lineEvent, lineUser, workspaceId } from "./made-events.ts";
import { openPeopleWorld, type PeopleWorld } from "./people-world.ts";
import { slowWorker } from "./slow-worker.ts";

const lineUserId = lineUser(1);

const alias = (previousId: string, userId: string): InboxEvent =>
  identify({}, { type: "alias", body: { previousId, userId } });

/** A world in which these were told; `later` is kept as well. */
const worldOf = async (
  before: readonly InboxEvent[],
  later: readonly InboxEvent[],
): Promise<PeopleWorld> => {
  const world = await openPeopleWorld();
  await world.keep([...before, ...later]);
  await world.apply(before);
  return world;
};

const living = async ({ store }: PeopleWorld) =>
  await store.profiles.find({ mergedInto: null }).sort({ _id: 1 }).toArray();

const profileOf = async ({ store }: PeopleWorld, kind: AliasName["kind"], value: string) => {
  const row = await store.aliases.findOne({ _id: aliasKey(workspaceId, { kind, value }) });
  const home = await store.profiles.findOne({ _id: row?.profileId ?? "" });
  return home?.mergedInto ?? home?._id;
};

const brokenIn = async ({ store }: PeopleWorld): Promise<readonly string[]> =>
  (await checkPeople(store, workspaceId, [])).broken;

it.each([
  ["stored", (first: InboxEvent, said: InboxEvent) => [[first], [said]]],
  ["only decided in the same job", (first: InboxEvent, said: InboxEvent) => [[first, said]]],
])(
  "gives nobody an external id by an alias because the name came too late to them, whose own is %s",
  async (_, jobsOf) => {
    const call = identify({ userId: "wanted", lineUserId, traits: { of: "wanted" } });
    const first = identify({ userId: "first", lineUserId, traits: { of: "first" } });
    const said = alias("device", "wanted");
    const world = await worldOf([lineEvent("follow", lineUserId)], [call, first, said]);
    // The follower's name is "wanted" from here on, and their profile does not say so yet.
    const slow = slowWorker(world, call);
    await slow.goTo("update");
    for (const job of jobsOf(first, said)) await world.apply(job);
    await slow.goOn();
    await world.sweep();
    expect(await living(world)).toMatchObject([
      { externalIds: ["first"], traits: { of: "first" } },
      { externalIds: ["wanted"], traits: { of: "wanted" } },
    ]);
    const wanted = await profileOf(world, "user", "wanted");
    expect(wanted).not.toBe(await profileOf(world, "user", "first"));
    expect(await profileOf(world, "anon", "device")).toBe(wanted);
    expect(await brokenIn(world)).toEqual([]);
  },
);

it("takes a name by an alias from nobody for what another call of the job would have made of them", async () => {
  const call = identify({ userId: "wanted", lineUserId, traits: { of: "wanted" } });
  const job = [identify({ userId: "first", lineUserId }), alias("device", "wanted")];
  const world = await worldOf([lineEvent("follow", lineUserId)], [call, ...job]);
  const slow = slowWorker(world, call);
  await slow.goTo("update");
  const fast = slowWorker(world, ...job);
  await fast.goTo("claim");
  await slow.goOn();
  await fast.goOn();
  await world.sweep();
  expect((await living(world)).map(({ externalIds }) => externalIds)).toEqual([
    ["wanted"],
    ["first"],
  ]);
  const wanted = await profileOf(world, "user", "wanted");
  expect(await profileOf(world, "anon", "device")).toBe(wanted);
  expect(await brokenIn(world)).toEqual([]);
});

it("makes nobody one with whom a former name came too late to", async () => {
  const call = identify({ userId: "former", lineUserId, traits: { of: "former" } });
  const first = identify({ userId: "first", lineUserId, traits: { of: "first" } });
  const said = alias("former", "ann");
  const before = [lineEvent("follow", lineUserId), identify({ userId: "ann" })];
  const world = await worldOf(before, [call, first, said]);
  const slow = slowWorker(world, call);
  await slow.goTo("update");
  await world.apply([first]);
  await world.apply([said]);
  await slow.goOn();
  await world.sweep();
  expect(await world.store.merges.countDocuments({})).toBe(0);
  expect((await living(world)).map(({ externalIds }) => externalIds)).toEqual([
    ["first"],
    ["ann"],
    ["former"],
  ]);
  expect(await brokenIn(world)).toEqual([]);
});

it("has one person for an id that a known one gets by an alias, whoever says it meanwhile", async () => {
  const said = alias("old", "new");
  const call = identify({ userId: "new", traits: { since: "then" } });
  const world = await worldOf([identify({ userId: "old", traits: { of: "old" } })], [said, call]);
  const slow = slowWorker(world, said);
  await slow.goTo("update");
  await world.apply([call]);
  await slow.goOn();
  await world.sweep();
  expect(await living(world)).toMatchObject([
    { externalId: "new", externalIds: ["old", "new"], traits: { of: "old", since: "then" } },
  ]);
  expect(await brokenIn(world)).toEqual([]);
});

it.each(["device", "unknown"])(
  "has one person for an id whose profile is about to be made, with previous id %s",
  async (previousId) => {
    const call = identify({ userId: "ann", lineUserId, traits: { of: "ann" } });
    const said = alias(previousId, "ann");
    const world = await worldOf([identify({ anonymousId: "device" })], [call, said]);
    const slow = slowWorker(world, call);
    await slow.goTo("insert");
    await world.apply([said]);
    await slow.goOn();
    await world.sweep();
    expect(
      await world.store.profiles.find({ externalIds: "ann", mergedInto: null }).toArray(),
    ).toMatchObject([{ traits: { of: "ann" } }]);
    expect(await profileOf(world, "anon", previousId)).toBe(await profileOf(world, "user", "ann"));
    expect(await brokenIn(world)).toEqual([]);
  },
);

it.each(["somebody known", "a follower"])(
  "makes two one whose later name is about to be of %s",
  async (who) => {
    const call = identify({ userId: "new", lineUserId, traits: { of: "new" } });
    const said = alias("old", "new");
    const before = [identify({ userId: "old" })];
    if (who === "a follower") before.push(lineEvent("follow", lineUserId));
    const world = await worldOf(before, [call, said]);
    const slow = slowWorker(world, call);
    await slow.goTo(who === "a follower" ? "update" : "insert");
    await world.apply([said]);
    await slow.goOn();
    await world.sweep();
    expect(await living(world)).toMatchObject([
      { externalId: "new", externalIds: ["old", "new"], traits: { of: "new" } },
    ]);
    expect(await world.store.merges.countDocuments({ askedBy: "alias" })).toBe(1);
    expect(await brokenIn(world)).toEqual([]);
  },
);

it("gives a follower no id by an alias whose previous id they are about to get", async () => {
  const call = identify({ userId: "former", lineUserId, traits: { of: "former" } });
  const said = alias("former", "ann");
  const world = await worldOf([lineEvent("follow", lineUserId)], [call, said]);
  const slow = slowWorker(world, call);
  await slow.goTo("update");
  await world.apply([said]);
  await slow.goOn();
  await world.sweep();
  expect(
    await world.store.profiles.findOne({ "lineAccounts.lineUserId": lineUserId }),
  ).toMatchObject({ externalIds: ["former"], traits: { of: "former" } });
  expect(await brokenIn(world)).toEqual([]);
});
