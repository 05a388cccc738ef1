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

const homeOf = async ({ store }: PeopleWorld, value: string): Promise<string> =>
  (await store.aliases.findOne({ value }))?.profileId ?? "";

it("forgets a LINE ID also in the history of whoever had it before", async () => {
  const world = await openPeopleWorld();
  const lineUserId = lineUser(77);
  const apply = async (...events: Parameters<PeopleWorld["apply"]>[0]) => {
    await world.keep(events);
    await world.apply(events);
  };
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
  for (const [name, model] of Object.entries(world.store.connection.models)) {
    if (name === "erasures") continue; // holds the names until the sender has had them
    const rows = JSON.stringify(await model.collection.find().toArray());
    expect(rows, name).not.toContain(lineUserId);
    expect(rows, name).not.toContain(text);
  }
  // The first owner is still there, with all that is theirs.
  const kept = await world.store.profiles.findOne({ externalId: "first" });
  expect(kept).toMatchObject({ traits: { plan: "pro" }, erasedAt: null, lineAccounts: [] });
  expect(await world.store.events.countDocuments({ type: "message", state: "applied" })).toBe(1);
});
