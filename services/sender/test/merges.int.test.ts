import { setTimeout as pause } from "node:timers/promises";

import { recipientsOf, type ProfileRow } from "@yubin/store";
import { expect, it } from "vitest";

import { countsOf, openWorld, until, workspaceId, type World } from "./open-world.ts";

const cases = (["push", "multicast"] as const).flatMap((method) =>
  (["friends", "refs", "list"] as const).map((audience) => [method, audience] as const),
);
const contents = {
  push: "[[m]] {{ profile.displayName }}",
  multicast: "[[m]] The shop opens at ten",
};
const limits = { pushPerSecond: 400, multicastPerSecond: 10 };

const byId = async ({ store }: World): Promise<ProfileRow[]> =>
  store.profiles.find().sort({ _id: 1 }).toArray();

/** As identity does: the loser's pointer is the commit, the survivor's next write takes it in. */
const merge = async ({ store }: World, into: ProfileRow, from: ProfileRow): Promise<void> => {
  const { profiles } = store;
  await profiles.updateOne({ _id: from._id }, { $set: { mergedInto: into._id, mergeId: "m" } });
  await pause(Math.random() * 100);
  await profiles.updateOne(
    { _id: into._id },
    {
      $push: {
        mergedFrom: { $each: [from._id, ...from.mergedFrom] },
        lineAccounts: { $each: from.lineAccounts },
      },
    },
  );
};

const undo = async ({ store }: World, into: ProfileRow, from: ProfileRow): Promise<void> => {
  const { profiles } = store;
  const { mergedFrom, lineAccounts } = into;
  await profiles.updateOne(
    { _id: into._id },
    { $set: { mergedFrom, lineAccounts, splitting: ["m"] } },
  );
  await pause(Math.random() * 100);
  await profiles.updateOne({ _id: from._id }, { $set: { mergedInto: null, mergeId: null } });
  await pause(Math.random() * 100);
  await profiles.updateOne({ _id: into._id }, { $set: { splitting: [] } });
};

/** One in twenty, each with somebody of another batch where there is one, while the campaign is on its way. */
const mergeSome = async (world: World, people: readonly ProfileRow[], undone: boolean) => {
  const half = Math.floor(people.length / 2);
  const count = Math.ceil(people.length / 20);
  const pairs = Array.from({ length: count }, (_, place) => {
    const at = Math.floor((place * half) / count);
    return [people[at], people[people.length - 1 - at]] as const;
  });
  await Promise.all(
    pairs.map(async ([into, from]) => {
      if (!into || !from) return;
      await pause(Math.random() * 2_000);
      await merge(world, into, from);
      if (!undone) return;
      await pause(Math.random() * 1_000);
      await undo(world, into, from);
    }),
  );
  return pairs.length;
};

const sendWhile = async (
  [method, type]: (typeof cases)[number],
  change: (world: World, people: readonly ProfileRow[]) => Promise<number>,
) => {
  await using world = await openWorld({ senders: 2, limits });
  const lineUserIds = await world.addFriends(method === "push" ? 1_000 : 2_600);
  const people = await byId(world);
  const refs = people.map(({ _id }) => _id).toReversed();
  const id = await world.launch({
    text: contents[method],
    ...(type === "list" ? { list: refs.map((ref) => ({ ref })) } : {}),
    audience: type === "refs" ? { type, refs } : { type },
  });
  await until(async () => (await world.batchesOf(id)).length > 0, { what: "the plan" });
  const pairs = await change(world, people);
  await world.untilDone(id, 120_000);

  const { counted, recounted } = await countsOf(world, id);
  expect(counted).toEqual(recounted);
  expect(counted.queued).toBe(0);
  const got = world.simulator.ledger.recipients("m");
  expect([...got.values()].every((times) => times === 1)).toBe(true);
  expect(counted.accepted).toBe(got.size);
  expect(counted.accepted + counted.skipped).toBe(counted.audience);
  return { world, id, people, lineUserIds, pairs, counted };
};

it.concurrent.each(cases)(
  "a %s campaign to %s reaches people who are merged meanwhile once",
  async (...kind) => {
    const { counted, people, pairs } = await sendWhile(kind, (world, all) =>
      mergeSome(world, all, false),
    );
    // Both were sent to before they were one, or one of them was sent to.
    expect(counted.accepted).toBeGreaterThanOrEqual(people.length - pairs);
    expect(counted.skipped).toBeGreaterThan(0);
  },
  180_000,
);

it.concurrent.each(cases)(
  "a %s campaign to %s reaches no LINE ID twice when merges are undone meanwhile",
  async (...kind) => {
    const { counted, people, pairs } = await sendWhile(kind, (world, all) =>
      mergeSome(world, all, true),
    );
    expect(counted.accepted).toBeGreaterThanOrEqual(people.length - pairs);
  },
  180_000,
);

it("waits with a person whose merge is half done, and with them alone", async () => {
  await using world = await openWorld({ senders: 0 });
  await world.addFriends(3);
  const [into, from, other] = await byId(world);
  if (!into || !from || !other) throw new Error("nobody");
  const { profiles } = world.store;
  const refs = [other._id, from._id];
  const id = await world.launch({ text: contents.push, audience: { type: "refs", refs } });
  const planner = await world.startSender({
    step: (name) => (name === "feed" ? never : undefined),
  });
  await expect.poll(async () => (await world.campaign(id)).state).toBe("sending");
  await planner.stop();
  await profiles.updateOne({ _id: from._id }, { $set: { mergedInto: into._id } });
  const messages = [{ type: "text" as const, text: "[[one]]" }];
  const message = await world.message({ to: from._id, messages });

  await world.startSender({ now: () => new Date(Date.now() + 60_000) });
  await until(() => world.simulator.ledger.recipients("m").size > 0, { what: "the other" });
  await pause(1_500);
  expect((await world.batch(message)).state).toBe("open");
  expect((await countsOf(world, id)).counted).toMatchObject({ accepted: 1, queued: 1 });

  await profiles.updateOne(
    { _id: into._id, workspaceId },
    { $set: { mergedFrom: [from._id], suppression: { at: new Date(), reason: "asked" } } },
  );
  await world.untilDone(id);
  const ends = recipientsOf((await world.batchesOf(id))[0] ?? { recipients: [] });
  expect(ends.map(({ outcome, reason }) => reason ?? outcome)).toEqual(["accepted", "suppressed"]);
  const [alone] = recipientsOf(await world.untilSettled(message));
  expect(alone).toMatchObject({ outcome: "skipped", reason: "suppressed" });
  expect(world.simulator.ledger.recipients("one").size).toBe(0);
});

const never = new Promise<void>(() => undefined);
