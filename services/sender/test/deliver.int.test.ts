import { newMessageBatch, recipientsOf } from "@yubin/store";
import { deliverMessage } from "@yubin/types";
import { expect, it } from "vitest";

import { countsOf, openWorld, workspaceId } from "./open-world.ts";

it("sends a campaign of the same words by multicast, each person once", async () => {
  await using world = await openWorld();
  const people = await world.addFriends(1_200);
  const id = await world.launch({ text: "[[news]] The shop opens at ten" });
  await world.untilDone(id);

  const received = world.simulator.ledger.recipients("news");
  expect([...received.keys()].sort()).toEqual([...people].sort());
  expect(world.simulator.ledger.summary()).toMatchObject({
    accepted: 1_200,
    duplicates: 0,
    acceptedCalls: 3,
  });
  const { counted, recounted } = await countsOf(world, id);
  expect(counted).toEqual(recounted);
  expect(counted).toMatchObject({ audience: 1_200, accepted: 1_200, queued: 0 });
});

it("sends a personal campaign by pushes with each person's words", async () => {
  await using world = await openWorld({ simulator: { keepBodies: true, recentMax: 1_000 } });
  const people = await world.addFriends(250);
  const id = await world.launch({
    text: "[[hi]] {{ profile.displayName }} {{ profile.traits.line_id }}",
  });
  await world.untilDone(id);

  expect(world.simulator.ledger.summary()).toMatchObject({
    accepted: 250,
    duplicates: 0,
    acceptedCalls: 250,
  });
  const [first] = people;
  const [request] = world.simulator.ledger.requests({ recipient: first ?? "" });
  expect(request?.body).toMatchObject({
    messages: [{ text: `[[hi]] Name of ${first?.slice(-4)} ${first}` }],
  });
  const { counted, recounted } = await countsOf(world, id);
  expect(counted).toEqual(recounted);
  expect(counted).toMatchObject({ audience: 250, accepted: 250 });
  const [row] = await world.batchesOf(id);
  const [recipient] = row ? recipientsOf(row) : [];
  expect(recipient).toMatchObject({
    outcome: "accepted",
    lineUserId: expect.stringMatching(/^U/),
    lineRequestId: expect.any(String),
    messageIds: [expect.any(String)],
  });
});

it("sends a message to whom it names, by any reference", async () => {
  await using world = await openWorld();
  const [userId = ""] = world.simulator.addPeople({ provider: "acme", count: 1 });
  world.simulator.follow(world.line.channelId, [userId]);
  const profileId = await world.addProfile({ lineUserId: userId, externalId: "42" });
  const references = [
    profileId,
    "user:42",
    `line:acme:${userId}`,
    { provider: "acme", lineUserId: userId },
  ];
  for (const [index, to] of references.entries()) {
    const id = await world.message({ to, messages: [{ type: "text", text: `[[m${index}]]` }] });
    const row = await world.untilSettled(id);
    expect(row.recipients[0]).toMatchObject({ outcome: "accepted", lineUserId: userId });
    expect(row.profileId).toBe(profileId);
    expect(world.simulator.ledger.recipients(`m${index}`).get(userId)).toBe(1);
  }
});

it("sends the test of a campaign in the words the campaign will have, and counts it in none", async () => {
  await using world = await openWorld({ simulator: { keepBodies: true } });
  const [userId = ""] = world.simulator.addPeople({ provider: "acme", count: 1 });
  world.simulator.follow(world.line.channelId, [userId]);
  await world.addProfile({ lineUserId: userId, externalId: "42" });
  const row = newMessageBatch(
    {
      to: "user:42",
      channelId: world.channelId,
      messages: [{ type: "text", text: "[[t]] {{ campaign.name }} for {{ profile.displayName }}" }],
      campaignId: "camp_1",
      step: "test",
    },
    {
      workspaceId,
      idempotencyKey: "test camp_1 1 user:42",
      campaignName: "Spring",
      newId: () => "",
      now: new Date(),
    },
  );
  await world.store.batches.insertOne(row);
  await world.producer.enqueue(deliverMessage, [{ v: 1, workspaceId, batchId: row._id }]);
  expect((await world.untilSettled(row._id)).recipients[0]?.outcome).toBe("accepted");
  const [request] = world.simulator.ledger.requests({ recipient: userId });
  expect(request?.body).toMatchObject({
    messages: [{ text: `[[t]] Spring for Name of ${userId.slice(-4)}` }],
  });
  expect(await world.batchesOf("camp_1")).toEqual([]);
});

it("tells of each batch and each step of a campaign at info, of single messages nothing, and starts without a warning", async () => {
  const logged: string[] = [];
  await using world = await openWorld({ logLevel: "info", logged });
  const [someone = ""] = await world.addFriends(1_200);
  const id = await world.launch({ text: "[[news]] The shop opens at ten" });
  await world.untilDone(id);
  const told = logged.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(told.filter(({ level }) => level !== "info")).toEqual([]);
  const batches = told.filter(({ msg, outcome }) => msg === "batch" && outcome === "settled");
  expect(
    batches.map(({ recipients }) => Number(recipients)).toSorted((one, other) => one - other),
  ).toEqual([200, 500, 500]);
  for (const line of batches)
    expect(line).toMatchObject({ campaignId: id, durationMs: expect.any(Number) });
  expect(told.filter(({ msg }) => msg === "campaign step")).toContainEqual(
    expect.objectContaining({ campaignId: id, outcome: "done", durationMs: expect.any(Number) }),
  );

  const before = logged.length;
  const to = await world.addProfile({ lineUserId: someone });
  const batchId = await world.message({ to, messages: [{ type: "text", text: "[[one]] hi" }] });
  await world.untilSettled(batchId);
  expect(logged.slice(before).filter((line) => line.includes(batchId))).toEqual([]);
});
