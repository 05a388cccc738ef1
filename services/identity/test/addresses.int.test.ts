import { aliasKey, newId } from "@yubin/types";
import { expect, it } from "vitest";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { identify, workspaceId } from "./made-events.ts";
import { openPeopleWorld, type PeopleWorld } from "./people-world.ts";

const address = "shared@example.com";

const setup = async () => {
  const world = await openPeopleWorld();
  const tell = async (...events: InboxEvent[]): Promise<void> => {
    for (const event of events) {
      await world.keep([event]);
      await world.apply([event]);
    }
  };
  return { world, tell, ownerOf: (email: string) => ownerOf(world, email) };
};

/** Whom an address leads to, by external id. */
const ownerOf = async ({ store }: PeopleWorld, value: string) => {
  const row = await store.aliases.findOne({ _id: aliasKey(workspaceId, { kind: "email", value }) });
  return (await store.profiles.findOne({ _id: row?.profileId ?? "" }))?.externalId;
};

const says = (userId: string, email: string | null): InboxEvent =>
  identify({ userId, traits: { email } });

it("lead to whoever has them now, and not to who had them before", async () => {
  const { tell, ownerOf: of } = await setup();
  await tell(says("a", address));
  expect(await of(address)).toBe("a");
  await tell(says("a", "new@example.com"));
  expect([await of(address), await of("new@example.com")]).toEqual([undefined, "a"]);
  await tell(says("b", address), says("a", null));
  expect([await of(address), await of("new@example.com")]).toEqual(["b", undefined]);
});

it("stay with who has them while somebody else says the same", async () => {
  const { tell, ownerOf: of } = await setup();
  await tell(says("a", address), says("b", address));
  expect(await of(address)).toBe("a");
  await tell(says("a", "new@example.com"), says("b", address));
  expect(await of(address)).toBe("b");
});

it("are given up by a change of the trait over the API, too, in whatever spelling", async () => {
  const { world, tell, ownerOf: of } = await setup();
  await tell(says("a", "Shared@Example.com"));
  expect(await of(address)).toBe("a");
  const key = aliasKey(workspaceId, { kind: "user", value: "a" });
  const profileId = (await world.store.aliases.findOne({ _id: key }))?.profileId;
  const patch = { profileId, traits: { email: "new@example.com" } };
  const id = `${workspaceId}/api/${newId("evt")}`;
  await tell(identify({}, { id, source: "api", type: "patch", body: patch }));
  expect([await of(address), await of("new@example.com")]).toEqual([undefined, "a"]);
});

it("that somebody has given up can be taken even where the name was left behind", async () => {
  const { world, tell, ownerOf: of } = await setup();
  await tell(says("a", address));
  const alias = await world.store.aliases.findOne({ kind: "email" });
  await tell(says("a", "new@example.com"));
  if (alias) await world.store.aliases.insertOne(alias); // as if a crash had kept it
  await tell(says("b", address));
  expect(await of(address)).toBe("b");
});

it("of two who were merged lead to the survivor", async () => {
  const { world, tell, ownerOf: of } = await setup();
  await tell(says("a", address), says("b", "other@example.com"));
  const homes = await world.store.aliases.find({ kind: "user" }).sort({ _id: 1 }).toArray();
  const [into, from] = homes.map(({ profileId }) => profileId);
  const id = `${workspaceId}/api/${newId("evt")}`;
  await tell(identify({}, { id, source: "api", type: "merge", body: { from, into } }));
  const survivor = await world.store.profiles.findOne({ mergedInto: null });
  const rows = await world.store.aliases.find({ kind: "email" }).toArray();
  expect(rows.map(({ profileId }) => [into, from].includes(profileId))).toEqual([true, true]);
  expect(survivor?.externalIds?.toSorted()).toEqual(["a", "b"]);
  expect(await of(address)).toBeDefined();
});
