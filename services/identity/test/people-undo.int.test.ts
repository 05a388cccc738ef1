import { aliasKey, lineAlias } from "@yubin/types";
import type { ProfileRow } from "@yubin/store";
import { expect, it } from "vitest";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { channelId, identify, lineEvent, lineUser, workspaceId } from "./made-events.ts";
import { openPeopleWorld, type PeopleWorld } from "./people-world.ts";

const command = (type: string, body: InboxEvent["body"], eventId = type): InboxEvent =>
  identify({}, { id: `${workspaceId}/api/${eventId}`, source: "api", type, eventId, body });

const tell = async (world: PeopleWorld, ...events: InboxEvent[]): Promise<void> => {
  for (const event of events) {
    await world.keep([event]);
    await world.apply([event]);
  }
};

const of = async ({ store }: PeopleWorld, kind: "user" | "anon" | "line", value: string) => {
  const alias = kind === "line" ? lineAlias("main", value) : ({ kind, value } as const);
  const row = await store.aliases.findOne({ _id: aliasKey(workspaceId, alias) });
  const profile = await store.profiles.findOne({ _id: row?.profileId ?? "" });
  if (!profile) throw new Error(`nobody is ${value}`);
  return profile;
};

/** What an undo gives back. */
const kept = (row: ProfileRow) => ({
  ...row,
  version: 0,
  updatedAt: 0,
  notSameAs: [],
});

const mergeTwo = async (world: PeopleWorld) => {
  await tell(
    world,
    identify({ userId: "u-1", lineUserId: lineUser(1), traits: { plan: "free", of1: 1 } }),
    lineEvent("follow", lineUser(1)),
    identify({ userId: "u-2", lineUserId: lineUser(2), traits: { plan: "pro", of2: 2 } }),
    lineEvent("follow", lineUser(2)),
    identify({ userId: "u-2", anonymousId: "d-2" }),
  );
  const [one, two] = [await of(world, "user", "u-1"), await of(world, "user", "u-2")];
  await tell(world, command("merge", { from: two._id, into: one._id }));
  const merge = await world.store.merges.findOne({ from: two._id });
  return { one, two, undo: command("undo", { mergeId: merge?._id }) };
};

it("gives both people back as they were", async () => {
  const world = await openPeopleWorld();
  const { one, two, undo } = await mergeTwo(world);
  expect(await of(world, "user", "u-1")).toMatchObject({
    externalIds: ["u-1", "u-2"],
    traits: { plan: "pro", of1: 1, of2: 2 },
  });
  await tell(world, undo);
  expect(kept(await of(world, "user", "u-1"))).toEqual(kept(one));
  expect(kept(await of(world, "user", "u-2"))).toEqual(kept(two));
  expect((await of(world, "user", "u-1")).notSameAs).toEqual([two._id]);
});

it("gives each what was told since under their own names, LINE's words and new names too", async () => {
  const world = await openPeopleWorld();
  const { undo } = await mergeTwo(world);
  await tell(
    world,
    identify({ userId: "u-2", traits: { since: "u-2", plan: "max" } }),
    identify({ anonymousId: "d-2", traits: { device: "d-2" } }),
    identify({ userId: "u-2", anonymousId: "d-new" }),
    identify({ anonymousId: "d-new", traits: { fresh: "d-new" } }),
    identify({ userId: "u-1", traits: { since1: "u-1" } }),
    identify({ userId: "u-2", lineUserId: lineUser(3) }),
    lineEvent("unfollow", lineUser(2)),
    lineEvent("follow", lineUser(3)),
    undo,
  );
  const [one, two] = [await of(world, "user", "u-1"), await of(world, "user", "u-2")];
  expect(one.traits).toEqual({ plan: "free", of1: 1, since1: "u-1" });
  expect(two.traits).toEqual({ plan: "max", of2: 2, since: "u-2", device: "d-2", fresh: "d-new" });
  expect(one.lineAccounts.map(({ lineUserId }) => lineUserId)).toEqual([lineUser(1)]);
  expect(
    two.lineAccounts.map(({ lineUserId, friendship }) => [
      lineUserId,
      friendship[channelId]?.state,
    ]),
  ).toEqual([
    [lineUser(2), "blocked"],
    [lineUser(3), "following"],
  ]);
  expect(await of(world, "anon", "d-new")).toMatchObject({ _id: two._id });
});

it("gives the loser a fact that was applied and not marked when the merge was undone", async () => {
  const world = await openPeopleWorld();
  const { undo } = await mergeTwo(world);
  const late = identify({ userId: "u-2", traits: { inFlight: "u-2" } });
  await world.keep([late]);
  await new Promise<void>((resolve) => {
    void world.apply([late], {
      step: (name) => {
        if (name !== "end") return undefined;
        resolve();
        return new Promise(() => undefined);
      },
    });
  });
  expect((await of(world, "user", "u-1")).traits).toMatchObject({ inFlight: "u-2" });
  await tell(world, undo);
  expect((await of(world, "user", "u-1")).traits).not.toHaveProperty("inFlight");
  expect((await of(world, "user", "u-2")).traits).toMatchObject({ inFlight: "u-2" });
  await world.apply([late]);
  expect((await of(world, "user", "u-1")).traits).not.toHaveProperty("inFlight");
});

it("tells a survivor nothing of somebody whom a later undo had taken out again", async () => {
  const world = await openPeopleWorld();
  await tell(
    world,
    ...[1, 2, 3].map((n) => identify({ userId: `u-${n}`, traits: { [`of${n}`]: n } })),
  );
  const [one, two, three] = await Promise.all([1, 2, 3].map((n) => of(world, "user", `u-${n}`)));
  if (!one || !two || !three) throw new Error("three people");
  const undoOf = async ({ _id }: ProfileRow): Promise<InboxEvent> =>
    command(
      "undo",
      { mergeId: (await world.store.merges.findOne({ from: _id }))?._id },
      `undo-${_id}`,
    );
  await tell(world, command("merge", { from: two._id, into: one._id }, "m2"));
  await tell(world, command("merge", { from: three._id, into: one._id }, "m3"));
  await tell(world, identify({ userId: "u-3", traits: { since3: 3 } }));
  await tell(world, await undoOf(three));
  await tell(world, await undoOf(two));
  expect(await of(world, "user", "u-1")).toMatchObject({
    traits: { of1: 1 },
    externalIds: ["u-1"],
  });
  expect((await of(world, "user", "u-3")).traits).toEqual({ of3: 3, since3: 3 });
});

it("takes a LINE account along that was on its way to somebody else when the merge was undone", async () => {
  const world = await openPeopleWorld();
  const { one, undo } = await mergeTwo(world);
  const unlink = command("unlink", {
    profileId: one._id,
    provider: "main",
    lineUserId: lineUser(2),
  });
  await world.keep([unlink]);
  await new Promise<void>((resolve) => {
    void world.apply([unlink], {
      step: (name) => {
        if (name !== "insert") return undefined; // the name leads elsewhere, the account does not
        resolve();
        return new Promise(() => undefined);
      },
    });
  });
  await tell(world, undo);
  await world.apply([unlink]);
  const nobody = await of(world, "line", lineUser(2));
  expect(nobody.lineAccounts.map(({ lineUserId }) => lineUserId)).toEqual([lineUser(2)]);
  expect((await of(world, "user", "u-1")).lineAccounts).toHaveLength(1);
  expect((await of(world, "user", "u-2")).lineAccounts).toEqual([]);
  const merge = await world.store.merges.findOne({ state: "undone" });
  expect(merge).toMatchObject({ loserBefore: null, survivorBefore: null, loserAfter: null });
});
