import { expect, it } from "vitest";

import { identify, lineEvent, lineUser, workspaceId } from "./made-events.ts";
import { openPeopleWorld, type PeopleWorld } from "./people-world.ts";

let commands = 0;
const command = (type: string, body: Record<string, unknown>) => {
  commands += 1;
  const eventId = `evt_move_${commands}`;
  return lineEvent(type, null, {
    id: `${workspaceId}/api/${eventId}`,
    eventId,
    channelId: null,
    source: "api",
    body,
    occurredAt: new Date(),
  });
};

const tellTo =
  (world: PeopleWorld) =>
  async (...events: Parameters<PeopleWorld["apply"]>[0]): Promise<void> => {
    await world.keep(events);
    await world.apply(events);
  };

/** Texts that are left in any collection but the erasures, which hold the names until the sender has had them. */
const expectNowhere = async ({ store }: PeopleWorld, ...texts: string[]): Promise<void> => {
  for (const [name, model] of Object.entries(store.connection.models)) {
    if (name === "erasures") continue;
    const rows = JSON.stringify(await model.collection.find().toArray());
    for (const text of texts) expect(rows, name).not.toContain(text);
  }
};

const homeOf = async ({ store }: PeopleWorld, value: string): Promise<string> =>
  (await store.aliases.findOne({ value }))?.profileId ?? "";

it("forgets a LINE ID also in the history of whoever had it before", async () => {
  const world = await openPeopleWorld();
  const lineUserId = lineUser(77);
  const apply = tellTo(world);
  const text = "what only they wrote";
  await apply(
    identify({ userId: "first", lineUserId }),
    lineEvent("message", lineUserId, {
      body: {
        message: { id: "1", type: "text", text },
        source: { type: "user", userId: lineUserId },
      },
    }),
    identify({ userId: "other", traits: { plan: "pro" } }),
  );
  // A merge of the first owner, whose journal holds the LINE ID.
  await apply(
    command("merge", { from: await homeOf(world, "other"), into: await homeOf(world, "first") }),
  );
  const unlinked = { provider: "main", lineUserId, profileId: await homeOf(world, "first") };
  await apply(command("unlink", unlinked));
  const owner = await homeOf(world, lineUserId);
  expect(owner).not.toBe(unlinked.profileId);

  await apply(command("erase", { profileId: owner }));
  await world.sweep();
  await expectNowhere(world, lineUserId, text);
  // The first owner is still there, with all that is theirs.
  const kept = await world.store.profiles.findOne({ externalId: "first" });
  expect(kept).toMatchObject({ traits: { plan: "pro" }, erasedAt: null, lineAccounts: [] });
  expect(await world.store.events.countDocuments({ type: "message", state: "applied" })).toBe(1);
});

it("leaves what calls said of whoever had the LINE ID before, for an undo to tell again", async () => {
  const world = await openPeopleWorld();
  const apply = tellTo(world);
  const lineUserId = lineUser(78);
  const text = "what the LINE ID said then";
  await apply(identify({ userId: "first", lineUserId }), identify({ userId: "other" }));
  const [into, from] = [await homeOf(world, "first"), await homeOf(world, "other")];
  await apply(command("merge", { from, into }));
  await apply(
    identify({ userId: "first", lineUserId, traits: { plan: "pro" } }),
    identify({ lineUserId, traits: { tier: "gold" } }),
    lineEvent("message", lineUserId, { body: { message: { id: "1", type: "text", text } } }),
  );
  await apply(command("unlink", { provider: "main", lineUserId, profileId: into }));
  await apply(command("erase", { profileId: await homeOf(world, lineUserId) }));
  await world.sweep();
  await expectNowhere(world, lineUserId, text);

  const first = () => world.store.profiles.findOne({ _id: into });
  expect((await first())?.traits).toEqual({ plan: "pro", tier: "gold" });
  const merge = await world.store.merges.findOne({ from, state: "done" });
  await apply(command("undo", { mergeId: merge?._id }));
  expect((await world.store.merges.findOne({ from }))?.state).toBe("undone");
  expect((await first())?.traits).toEqual({ plan: "pro", tier: "gold" });
});

it("leaves what is said of whoever comes after them by the same names", async () => {
  const world = await openPeopleWorld();
  const apply = tellTo(world);
  const lineUserId = lineUser(79);
  const later = { occurredAt: new Date(Date.now() + 5_000) };
  await apply(identify({ userId: "holder", lineUserId }), identify({ userId: "same" }));
  const unlinked = { provider: "main", lineUserId, profileId: await homeOf(world, "holder") };
  await apply(command("unlink", unlinked));
  await apply(
    command("link", {
      profileId: await homeOf(world, "same"),
      provider: "main",
      lineUserId,
      proof: "server_key",
    }),
  );
  await apply(command("erase", { profileId: await homeOf(world, "same") }));

  const since = [
    identify({ userId: "same", anonymousId: "device", traits: { plan: "new" } }, later),
    identify({ userId: "holder", lineUserId, traits: { plan: "old" } }, later),
    lineEvent("message", lineUserId, { ...later, body: { message: { id: "2", text: "hello" } } }),
  ];
  await apply(...since);
  await world.sweep(); // looks a second time for what they left
  for (const { id, body } of since)
    expect(await world.store.events.findOne({ _id: id })).toMatchObject({ state: "applied", body });
});
