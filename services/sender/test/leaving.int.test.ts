import { recipientsOf } from "@yubin/store";
import { expect, it } from "vitest";
import { setTimeout as pause } from "node:timers/promises";

import { countsOf, openWorld, type World } from "./open-world.ts";

const friends = 3_000;
const blocked = (channelId: string) => ({
  $set: { friendOf: [], [`lineAccounts.0.friendship.${channelId}.state`]: "blocked" },
});
const suppressed = { $set: { suppression: { reason: "asked", at: new Date() } } };

/** A few at a time unfollow or are suppressed until all have; when each of these was committed, by LINE ID. */
const everyoneLeaves = async (
  world: World,
  people: readonly string[],
): Promise<Map<string, number>> => {
  const committed = new Map<string, number>();
  for (let from = 0; from < people.length; from += 20) {
    const some = people.slice(from, from + 20);
    await world.store.profiles.updateMany(
      { "lineAccounts.lineUserId": { $in: some } },
      from % 40 === 0 ? blocked(world.channelId) : suppressed,
    );
    const at = Date.now();
    for (const one of some) committed.set(one, at);
    await pause(20);
  }
  return committed;
};

it.each([
  ["push", "[[m]] {{ profile.displayName }}"],
  ["multicast", "[[m]] The shop opens at ten"],
])("no %s begins for anyone who has left or was suppressed before it", async (_method, text) => {
  const limits = { pushPerSecond: 700, multicastPerSecond: 2 };
  await using world = await openWorld({ senders: 2, limits });
  const people = await world.addFriends(friends);
  const id = await world.launch({ text });
  // From the end towards the start, so that they meet the campaign on its way.
  const committed = await everyoneLeaves(world, people.toReversed());
  await world.untilDone(id, 120_000);

  const ends = (await world.batchesOf(id)).flatMap((row) => recipientsOf(row));
  const sent = ends.filter(({ outcome }) => outcome === "accepted");
  const late = sent.filter(
    ({ firstAttemptAt, lineUserId }) =>
      Number(firstAttemptAt) > (committed.get(lineUserId ?? "") ?? Infinity),
  );
  expect(late.length, "attempts that began too late").toBe(0);
  expect(sent.length).toBeGreaterThan(0);
  expect(sent.length).toBeLessThan(friends);
  expect(world.simulator.ledger.recipients("m").size).toBe(sent.length);
  const { counted, recounted } = await countsOf(world, id);
  expect(counted).toEqual(recounted);
  expect(counted.accepted + counted.skipped).toBe(counted.audience);
  expect(counted.skipped).toBeGreaterThan(0);
});
