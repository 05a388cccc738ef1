import { createSealer } from "@yubin/kit";
import { newMessageBatch, recipientsOf, type BatchRow } from "@yubin/store";
import { advanceCampaign, deliverMessage, newId } from "@yubin/types";
import { expect, it } from "vitest";

import { openWorld, until, type World } from "./open-world.ts";

const theirs = "ws_b";
const people = 100;

/** Another workspace with a channel and people of its own, as rows like those of the first. */
const addNeighbour = async (world: World) => {
  const { simulator, store } = world;
  const line = simulator.addChannel({ provider: "bmart" });
  const channel = await store.channels.findOne({ _id: world.channelId });
  const [model] = await store.profiles.find().limit(1).toArray();
  if (!channel || !model) throw new Error("nobody to take after");
  const channelId = newId("chan");
  const sealer = createSealer([{ id: "k1", key: Buffer.alloc(32, 7) }]);
  await store.channels.insertOne({
    ...channel,
    _id: channelId,
    workspaceId: theirs,
    provider: "bmart",
    lineChannelId: line.channelId,
    botUserId: line.botUserId,
    sealedToken: sealer.seal(line.accessToken, `${theirs}/${channelId}`),
    limits: { pushPerSecond: 2_000, multicastPerSecond: 200 },
  });
  const userIds = simulator.addPeople({ provider: "bmart", count: people });
  simulator.follow(line.channelId, userIds);
  const [account] = model.lineAccounts;
  if (!account) throw new Error("no account to take after");
  const friendship = { [channelId]: { state: "following" as const, at: new Date(), eventId: "e" } };
  const rows = userIds.map((lineUserId) => ({
    ...model,
    _id: newId("prof"),
    workspaceId: theirs,
    friendOf: [channelId],
    lineAccounts: [{ ...account, provider: "bmart", lineUserId, friendship }],
  }));
  await store.profiles.insertMany(rows);
  return { channelId, ids: rows.map(({ _id }) => _id) };
};

/** Five on a machine that does nothing else, and three times that on a busy one; the backlog takes five minutes. */
const secondsMax = 15;

const secondsOf = (rows: readonly BatchRow[]): number[] =>
  rows
    .flatMap((row) =>
      recipientsOf(row).map(({ settledAt }) => (Number(settledAt) - Number(row.createdAt)) / 1_000),
    )
    .toSorted((one, other) => one - other);
const p99 = (seconds: readonly number[]): number =>
  seconds[Math.ceil(seconds.length * 0.99) - 1] ?? Infinity;

it("a workspace with a long backlog holds up no other: neither its messages nor its campaigns", async () => {
  // One process, so that what is shared is: LINE takes this workspace's pushes slowly, for a long time.
  await using world = await openWorld({ limits: { pushPerSecond: 50, multicastPerSecond: 1 } });
  await world.addFriends(4_000);
  const neighbour = await addNeighbour(world);
  // More than the batches that one process works on at once.
  const flood = [1, 2, 3, 4].map((n) => `[[flood${n}]] {{ profile.displayName }}`);
  const floods = await Promise.all(flood.map((text) => world.launch({ text })));
  await until(() => world.simulator.ledger.summary().accepted > 150, { what: "the flood" });

  const { channelId } = neighbour;
  const messages = neighbour.ids.map((to) =>
    newMessageBatch(
      { to, channelId, messages: [{ type: "text", text: "[[one]] hi" }] },
      {
        workspaceId: theirs,
        idempotencyKey: undefined,
        newId: () => newId("msg"),
        now: new Date(),
      },
    ),
  );
  const model = await world.campaign(floods[0] ?? "");
  const now = new Date();
  const campaign = {
    ...model,
    _id: newId("camp"),
    workspaceId: theirs,
    channelId,
    state: "planning" as const,
    fedBatches: 0,
    plannedBatches: null,
    proven: false,
    launchedAt: now,
    nextAt: now,
    content: { messages: [{ type: "text", text: "[[all]] {{ profile.displayName }}" }] },
  };
  await world.store.campaigns.insertOne(campaign);
  await world.producer.enqueue(advanceCampaign, [
    { v: 1, workspaceId: theirs, campaignId: campaign._id },
  ]);
  await world.store.batches.insertMany(messages);
  await world.producer.enqueue(
    deliverMessage,
    messages.map(({ _id: batchId }) => ({ v: 1 as const, workspaceId: theirs, batchId })),
  );
  await world.untilDone(campaign._id);
  const ids = messages.map(({ _id }) => _id);
  const settled = () => world.store.batches.find({ _id: { $in: ids }, state: "settled" }).toArray();
  await until(async () => (await settled()).length === people, { what: "their messages" });

  const ledger = world.simulator.ledger;
  for (const marker of ["one", "all"]) expect(ledger.recipients(marker).size).toBe(people);
  expect(p99(secondsOf(await settled())), "seconds of a message").toBeLessThan(secondsMax);
  const all = secondsOf(await world.batchesOf(campaign._id));
  expect(all).toHaveLength(people);
  expect(p99(all), "seconds of a campaign").toBeLessThan(secondsMax);
  // There was a backlog all the time.
  for (const id of floods) expect((await world.campaign(id)).state).not.toBe("done");
});
