import { recipientsOf } from "@yubin/store";
import { advanceCampaign } from "@yubin/types";
import { expect, it } from "vitest";

import { countsOf, openWorld, workspaceId, type World } from "./open-world.ts";

const contents = {
  push: "[[m]] {{ profile.displayName }}",
  multicast: "[[m]] The shop opens at ten",
};
const methods = ["push", "multicast"] as const;

/** Where everyone of a campaign stands, in order. */
const places = async (world: World, id: string) => {
  const { counted, recounted } = await countsOf(world, id);
  expect(counted).toEqual(recounted);
  return (await world.batchesOf(id)).flatMap((row) => recipientsOf(row));
};

it.each(methods)("a %s that is launched twenty times at once has one plan", async (method) => {
  await using world = await openWorld({ senders: 3 });
  const people = await world.addFriends(1_250);
  const id = await world.launch({ text: contents[method] });
  const launch = { v: 1, workspaceId, campaignId: id } as const;
  await Promise.all(
    Array.from({ length: 20 }, () => world.producer.enqueue(advanceCampaign, [launch])),
  );
  await world.untilDone(id);

  const planned = (await places(world, id)).map(({ profileId }) => profileId);
  expect(planned).toHaveLength(people.length);
  expect(new Set(planned).size).toBe(people.length);
  expect(world.simulator.ledger.recipients("m")).toEqual(new Map(people.map((one) => [one, 1])));
});

it.each(methods)("a person whom a %s names again and again is sent it once", async (method) => {
  await using world = await openWorld();
  const [one = "", two = "", other = ""] = world.simulator.addPeople({
    provider: "acme",
    count: 3,
  });
  world.simulator.follow(world.line.channelId, [one, two, other]);
  const known = await world.addProfile({ lineUserId: one, externalId: "42" });
  await world.addProfile({ lineUserId: other });
  const merged = await world.addProfile({ lineUserId: two, mergedInto: known });
  const names = [known, "user:42", `line:acme:${one}`, merged, `line:acme:${two}`];
  // More than a batch holds, so that the names are far apart.
  const far = Array.from({ length: 600 }, (_, n) => `user:nobody-${n}`);
  const id = await world.launch({
    text: contents[method],
    audience: { type: "refs", refs: [...names, ...far, ...names, `line:acme:${other}`] },
  });
  await world.untilDone(id);

  expect(world.simulator.ledger.recipients("m")).toEqual(
    new Map([
      [one, 1],
      [other, 1],
    ]),
  );
  const reasons = (await places(world, id)).map(({ outcome, reason }) => reason ?? outcome);
  expect(reasons.filter((reason) => reason === "accepted")).toHaveLength(2);
  expect(reasons.filter((reason) => reason === "duplicate")).toHaveLength(2 * names.length - 1);
  expect(reasons.filter((reason) => reason === "not_found")).toHaveLength(far.length);
});

it.each(methods)("people merged away while a %s runs are skipped", async (method) => {
  await using world = await openWorld({ senders: 0 });
  const people = await world.addFriends(300);
  const id = await world.launch({ text: contents[method] });
  // Planned by one sender, which then stops at once; merged before another one sends.
  const planner = await world.startSender({
    step: (name) => (name === "feed" ? never : undefined),
  });
  await expect.poll(async () => (await world.campaign(id)).state).toBe("sending");
  await planner.stop();
  const [survivor, ...absorbed] = await world.store.profiles
    .find()
    .sort({ _id: 1 })
    .limit(6)
    .toArray();
  const losers = absorbed.map(({ _id }) => _id);
  const into = survivor?._id ?? "";
  await world.store.profiles.updateMany({ _id: { $in: losers } }, { $set: { mergedInto: into } });
  await world.store.profiles.updateOne({ _id: into }, { $set: { mergedFrom: losers } });
  await world.startSender({ now: () => new Date(Date.now() + 60_000) });
  await world.untilDone(id);

  const gone = new Set(absorbed.map(({ lineAccounts }) => lineAccounts[0]?.lineUserId));
  expect(world.simulator.ledger.recipients("m")).toEqual(
    new Map(people.filter((one) => !gone.has(one)).map((one) => [one, 1])),
  );
  const { counted } = await countsOf(world, id);
  expect(counted).toMatchObject({ audience: 300, accepted: 295, skipped: 5 });
  const [batch] = await world.batchesOf(id);
  expect(batch?.reasons).toEqual([{ outcome: "skipped", reason: "merged", count: 5 }]);
});

const never = new Promise<void>(() => undefined);
