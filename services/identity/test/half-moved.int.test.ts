import { expect, it } from "vitest";

import { channelId, identify, lineEvent, lineUser, workspaceId } from "./made-events.ts";
import { openPeopleWorld } from "./people-world.ts";

it("loses no friendship when one of the two sides of a move is written and the other is not", async () => {
  const world = await openPeopleWorld();
  await world.store.workspaces.insertOne({
    _id: workspaceId,
    name: "",
    conflictPolicy: "last_proof_wins",
    createdAt: new Date(),
  });
  const lineUserId = lineUser(5);
  const before = [
    identify({ userId: "first", lineUserId }),
    lineEvent("follow", lineUserId),
    identify({ userId: "second" }),
  ];
  await world.keep(before);
  await world.apply(before);
  const move = identify({ userId: "second", lineUserId });
  await world.keep([move]);

  // Whoever gets the account is written by somebody else in that very moment.
  const { updateProfiles } = world.people;
  let isFirst = true;
  const people = {
    ...world.people,
    updateProfiles: async (profiles: Parameters<typeof updateProfiles>[0]) => {
      if (isFirst) {
        isFirst = false;
        await world.store.profiles.updateOne({ externalId: "second" }, { $inc: { version: 1 } });
      }
      return updateProfiles(profiles);
    },
  };
  await world.apply([move], { people });
  const second = await world.store.profiles.findOne({ externalId: "second" });
  expect(second?.lineAccounts).toMatchObject([
    { lineUserId, friendship: { [channelId]: { state: "following" } } },
  ]);
  const first = await world.store.profiles.findOne({ externalId: "first" });
  expect(first).toMatchObject({ lineAccounts: [], friendOf: [] });
  expect(second?.friendOf).toEqual([channelId]);
});
