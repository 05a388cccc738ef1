import { aliasKey, newId, type PersonCommand } from "@yubin/types";
import { expect, it } from "vitest";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { identify, lineUser, workspaceId } from "./made-events.ts";
import { openPeopleWorld } from "./people-world.ts";
import { slowWorker } from "./slow-worker.ts";

const lineUserId = lineUser(1);

it.each(["conflict", "end"])(
  "keeps what was told of somebody before another whom the call names was erased, and it had no end, before %s",
  async (write) => {
    const world = await openPeopleWorld();
    const { store } = world;
    const tell = async (...events: InboxEvent[]): Promise<void> => {
      await world.keep(events);
      await world.apply(events);
    };
    const command = (type: PersonCommand, body: InboxEvent["body"]): InboxEvent =>
      identify({}, { id: `${workspaceId}/api/${newId("evt")}`, source: "api", type, body });
    const idOf = async (value: string): Promise<string> =>
      (await store.aliases.findOne({ _id: aliasKey(workspaceId, { kind: "user", value }) }))
        ?.profileId ?? "";
    await tell(
      identify({ userId: "other", traits: { plan: "free" } }),
      identify({ userId: "same" }),
    );
    await tell(identify({ userId: "erased", lineUserId }));
    const into = await idOf("other");
    await tell(command("merge", { from: await idOf("same"), into }));

    const call = identify({ userId: "other", lineUserId, traits: { plan: "pro" } });
    await world.keep([call]);
    await new Promise<void>((resolve) => {
      void world.apply([call], {
        step: (name) => {
          if (name !== write) return undefined;
          resolve();
          return new Promise(() => undefined);
        },
      });
    });
    await tell(command("erase", { profileId: await idOf("erased") }));
    await world.apply([call]);
    await world.sweep();

    expect(await store.events.findOne({ _id: call.id })).toMatchObject({
      state: "applied",
      profileId: into,
      lineUserId: null,
      body: { userId: "other", context: {}, traits: { plan: "pro" } },
    });
    for (const model of Object.values(store.connection.models)) {
      const rows = JSON.stringify(await model.collection.find().toArray());
      const isLeft = model !== store.connection.models["erasures"] && rows.includes(lineUserId);
      expect(isLeft, model.modelName).toBe(false);
    }
    const merge = await store.merges.findOne({ into, state: "done" });
    await tell(command("undo", { mergeId: merge?._id }));
    const person = await store.profiles.findOne({ _id: into });
    expect(person).toMatchObject({ mergedFrom: [], traits: { plan: "pro" } });
  },
);

it("drops a call whole that names somebody who was erased, and was not told before", async () => {
  const world = await openPeopleWorld();
  const { store } = world;
  const first = [identify({ userId: "other", traits: { plan: "free" } })];
  first.push(identify({ userId: "erased", lineUserId }));
  await world.keep(first);
  await world.apply(first);
  const call = identify({ userId: "other", lineUserId, traits: { plan: "pro" } });
  const erased = await store.profiles.findOne({ externalId: "erased" });
  const body = { profileId: erased?._id };
  const erase = identify({}, { id: `${workspaceId}/api/e`, source: "api", type: "erase", body });
  await world.keep([call, erase]);
  await world.apply([erase]);
  await world.apply([call]);
  expect(await store.events.findOne({ _id: call.id })).toMatchObject({
    state: "ignored",
    reason: "erased",
    body: {},
  });
  expect(await store.profiles.findOne({ externalId: "other" })).toMatchObject({
    traits: { plan: "free" },
  });
});

it("tells a word under a LINE ID of one person, who had it when it was written first", async () => {
  const world = await openPeopleWorld();
  const { store } = world;
  const tell = async (...events: InboxEvent[]): Promise<void> => {
    await world.keep(events);
    await world.apply(events);
  };
  await tell(identify({ userId: "first", lineUserId }));
  const first = await store.profiles.findOne({ externalId: "first" });
  const call = identify({ lineUserId, anonymousId: "device", traits: { plan: "pro" } });
  await world.keep([call]);
  await slowWorker(world, call).goTo("end"); // where its process ends
  const body = { profileId: first?._id, provider: "main", lineUserId };
  await tell(identify({}, { id: `${workspaceId}/api/u`, source: "api", type: "unlink", body }));
  await tell(identify({ lineUserId, traits: { plan: "max" } }));
  await world.apply([call]);
  expect(await store.events.findOne({ _id: call.id })).toMatchObject({
    state: "applied",
    reason: null,
    profileId: first?._id,
  });
  const people = await store.profiles.find({ mergedInto: null }).sort({ externalId: -1 }).toArray();
  expect(people).toMatchObject([
    { externalId: "first", traits: { plan: "pro" }, lineAccounts: [] },
    { externalId: null, traits: { plan: "max" }, lineAccounts: [{ lineUserId }] },
  ]);
});
