import { recipientsOf } from "@yubin/store";
import { expect, it } from "vitest";

import { countsOf, openWorld, until } from "./open-world.ts";

/** As many processes have died with it as it may cost, and the next one finds it so. */
const deaths = 7;

it("a batch over which processes die again and again is given up with a dead letter, and the others are sent", async () => {
  await using world = await openWorld({ senders: 0 });
  const people = await world.addFriends(1_000);
  const id = await world.launch({
    text: "[[m]] {{ profile.displayName }}",
    more: { proven: true },
  });
  const planner = await world.startSender({
    step: (name) => (name === "feed" ? new Promise<void>(() => undefined) : undefined),
  });
  await until(async () => (await world.campaign(id)).plannedBatches === 5, { what: "the plan" });
  await planner.stop();
  const poisoned = [`${id}/000001`, `${id}/000003`];
  const claim = { token: "the last who died", until: new Date(0) };
  await world.store.batches.updateMany(
    { _id: { $in: poisoned } },
    { $set: { crashes: deaths, claim, nextAt: new Date(0) } },
  );

  await world.startSender();
  await world.untilDone(id);
  for (const row of await world.batchesOf(id)) {
    if (row.endOfPlan) continue;
    const end = poisoned.includes(row._id)
      ? { outcome: "skipped", reason: "poison" }
      : { outcome: "accepted" };
    for (const one of recipientsOf(row)) expect(one).toMatchObject(end);
  }
  const { counted, recounted } = await countsOf(world, id);
  expect(counted).toEqual(recounted);
  expect(counted).toMatchObject({ audience: people.length, accepted: 600, skipped: 400 });
  const letters = await world.store.deadLetters.find().toArray();
  expect(letters.map(({ code, queue }) => [code, queue])).toEqual([
    ["poison", "batches"],
    ["poison", "batches"],
  ]);
  expect(world.simulator.ledger.summary()).toMatchObject({ accepted: 600, duplicates: 0 });
});
