import { setTimeout as pause } from "node:timers/promises";

import {
  createDeadLetterWriter,
  recipientsOf,
  unknownPlaceOf,
  type ClickLinkRow,
  type ClickRow,
  type ProfileRow,
} from "@yubin/store";
import { clickLinkId, forgetPerson } from "@yubin/types";
import { expect, it } from "vitest";

import { createClickLinks } from "../src/store/click-links.ts";
import { createLineBetween } from "./line-between.ts";
import { countsOf, openWorld, until, workspaceId, type World } from "./open-world.ts";

const text = "[[m]] The shop opens at ten";
const words = "[[m]] {{ profile.displayName }}";

const peopleOf = async ({ store }: World): Promise<ProfileRow[]> =>
  store.profiles.find().sort({ _id: 1 }).toArray();

/** As identity does: the profile is emptied, then the sender is told. */
const erase = async (
  { store, producer }: World,
  person: ProfileRow,
  { requestedAt = new Date(Date.now() - 31_000), refs = [] as string[] } = {},
): Promise<string> => {
  const erasureId = `${workspaceId}/api/${person._id}`;
  const lineUserIds = person.lineAccounts.map(({ lineUserId }) => lineUserId);
  await store.erasures.insertOne({
    _id: erasureId,
    workspaceId,
    profileIds: [person._id],
    lineUserIds,
    refs: [...refs, ...lineUserIds.map((one) => `line:acme:${one}`)],
    state: "open",
    requestedAt,
    parts: { identity: new Date(), sender: null },
    nextAt: new Date(),
  });
  await store.profiles.updateOne(
    { _id: person._id },
    {
      $set: { erasedAt: new Date(), lineAccounts: [], friendOf: [], externalId: null, traits: {} },
    },
  );
  await producer.enqueue(forgetPerson, [{ v: 1, workspaceId, erasureId }]);
  return erasureId;
};

const untilForgotten = (world: World, id: string, timeoutMs = 60_000): Promise<void> =>
  until(async () => (await world.store.erasures.findOne({ _id: id }))?.state === "done", {
    what: "the person to be forgotten",
    timeoutMs,
  });

const clickOn = ({
  _id,
  workspaceId: of,
  campaignId,
  messageId,
  expireAt,
}: ClickLinkRow): ClickRow => {
  const at = new Date();
  const place = "0/0";
  const whose = { workspaceId: of, campaignId, messageId, linkId: _id, place };
  return { _id: `${_id}/${place}`, ...whose, count: 1, firstAt: at, lastAt: at, expireAt };
};

/** Whether a text is left anywhere in what the sender can reach. */
const isLeft = async ({ store }: World, name: string): Promise<boolean> => {
  const { batches, campaigns, deadLetters, idempotency, familySends, erasures, clickLinks } = store;
  const all = [batches, campaigns, deadLetters, idempotency, familySends, erasures, clickLinks];
  const rows = await Promise.all(all.map((collection) => collection.find().toArray()));
  return JSON.stringify(rows).includes(name);
};

it.concurrent("removes somebody from all that was sent, and changes no number", async () => {
  await using world = await openWorld();
  const { store } = world;
  await world.addFriends(700);
  const lineUserId = world.simulator.addPeople({ provider: "acme", count: 1 })[0] ?? "";
  world.simulator.follow(world.line.channelId, [lineUserId]);
  const id = await world.addProfile({ lineUserId, externalId: "Ána" });
  const refs = [id, "user:Ána", "user:A\u0301na", "email:ANA@x.test", `line:acme:${lineUserId}`];
  const [other] = await peopleOf(world);
  const campaigns = await Promise.all([
    world.launch({ text }),
    world.launch({ text: words }),
    world.launch({ text: words, audience: { type: "refs", refs: [...refs, other?._id ?? ""] } }),
  ]);
  const messages = await Promise.all(
    refs.map((to) =>
      world.message({
        to,
        messages: [{ type: "text", text: "Dear Ána, https://shop.example/?mail=ana@x.test" }],
        data: { name: "Ána" },
        tracking: "person",
      }),
    ),
  );
  await Promise.all(campaigns.map((campaign) => world.untilDone(campaign)));
  await Promise.all(messages.map((message) => world.untilSettled(message)));
  const letter = { workspaceId, queue: "sends", name: "message.send", code: "x", reason: "x" };
  const keepLetter = createDeadLetterWriter(store);
  await keepLetter({ _id: "1", ...letter, payload: { to: "user:Ána", a: 1 }, at: new Date() });
  await keepLetter({ _id: "2", ...letter, payload: { to: "user:Bob" }, at: new Date() });
  await store.idempotency.insertOne({
    _id: `${workspaceId}/k`,
    workspaceId,
    fingerprint: "f",
    answer: { status: 200, body: { accounts: [{ lineUserId }] } },
    lockedUntil: new Date(),
    expireAt: new Date(Date.now() + 3_600_000),
  });
  const ends = async () =>
    (await store.batches.find().sort({ _id: 1 }).toArray()).map((row) => ({
      counts: row.counts,
      reasons: row.reasons,
      outcomes: recipientsOf(row).map(({ outcome, reason }) => [outcome, reason]),
    }));
  const before = await ends();
  const links = await store.clickLinks.find().toArray();
  expect(links.map(({ url }) => url)).toContain("https://shop.example/?mail=ana@x.test");
  await store.clicks.insertMany(links.map((link) => clickOn(link)));
  for (const name of [lineUserId, "Ána", "ANA"]) expect(await isLeft(world, name)).toBe(true);

  const person = await store.profiles.findOne({ _id: id });
  if (!person) throw new Error("nobody");
  const erasureId = await erase(world, person, { refs: ["user:Ána", "email:ana@x.test"] });
  await untilForgotten(world, erasureId);
  expect(await store.clicks.countDocuments()).toBe(0);
  for (const name of [lineUserId, "Ána", "A\u0301na", "ANA", "ana@"])
    expect(await isLeft(world, name), name).toBe(false);
  expect(await ends()).toEqual(before);
  expect((await store.deadLetters.findOne({ _id: "2" }))?.payload).toEqual({ to: "user:Bob" });
  expect((await store.batches.findOne({ campaignId: campaigns[0] }))?.packed?.lineUserIds[0]).toBe(
    other?.lineAccounts[0]?.lineUserId,
  );
});

it.concurrent("skips somebody who waits, in a batch that nobody works on and in a message for later", async () => {
  await using world = await openWorld({ senders: 0 });
  await world.addFriends(3);
  const [person] = await peopleOf(world);
  if (!person) throw new Error("nobody");
  const id = await world.launch({ text });
  const planner = await world.startSender({
    step: (name) => (name === "feed" ? never : undefined),
  });
  await expect.poll(async () => (await world.campaign(id)).state).toBe("sending");
  await planner.stop();
  await world.store.campaigns.updateOne({ _id: id }, { $set: { state: "paused" } });
  const message = await world.message({
    to: { provider: "acme", lineUserId: person.lineAccounts[0]?.lineUserId ?? "" },
    messages: [{ type: "text", text: "Dear" }],
    sendAt: new Date(Date.now() + 3_600_000).toISOString(),
  });
  await world.startSender();
  await untilForgotten(world, await erase(world, person));

  const { counted, recounted } = await countsOf(world, id);
  expect(counted).toEqual(recounted);
  expect(counted).toMatchObject({ audience: 3, queued: 2, skipped: 1 });
  const settled = await world.batch(message);
  expect(settled).toMatchObject({ state: "settled", content: null, claim: null });
  expect(settled.recipients).toEqual([
    { outcome: "skipped", reason: "erased", settledAt: expect.any(Date) as Date },
  ]);
});

it.concurrent.each([
  ["push", words, { unknown: 1 }],
  ["multicast", text, { unknown: 4 }],
])(
  "ends an open %s with them in it: nothing is left, nobody is written to twice",
  async (_method, content, ends) => {
    await using between = createLineBetween();
    await using world = await openWorld({ between: between.open });
    await world.addFriends(4);
    const [person] = await peopleOf(world);
    if (!person) throw new Error("nobody");
    between.spoil = () => ({ passedOn: true, reply: (res) => res.destroy() });
    const id = await world.launch({ text: content });
    await until(async () => (await world.batchesOf(id))[0]?.calls[0]?.attempts === 2, {
      what: "two attempts",
    });
    await untilForgotten(
      world,
      await erase(world, person, { requestedAt: new Date(Date.now() - 41_000) }),
    );
    expect(await isLeft(world, person.lineAccounts[0]?.lineUserId ?? "-")).toBe(false);
    between.spoil = () => undefined;
    await world.untilDone(id, 120_000);
    const { counted, recounted } = await countsOf(world, id);
    expect(counted).toEqual(recounted);
    expect(counted).toMatchObject({ queued: 0, accepted: 4 - ends.unknown, ...ends });
    for (const row of await world.batchesOf(id))
      expect(row.unknownPlace).toBe(unknownPlaceOf(row, recipientsOf(row)));
    expect(await world.store.batches.countDocuments({ unknownPlace: { $gte: "" } })).toBe(1);
    const got = world.simulator.ledger.recipients("m");
    expect([...got.values()].every((times) => times === 1)).toBe(true);
  },
  180_000,
);

it.concurrent("looks again later, and is found by the sweeper where its job was lost", async () => {
  await using world = await openWorld();
  await world.addFriends(1);
  const [person] = await peopleOf(world);
  if (!person) throw new Error("nobody");
  const requestedAt = new Date(Date.now() - 25_000);
  const id = await erase(world, person, { requestedAt });
  await pause(2_000);
  expect((await world.store.erasures.findOne({ _id: id }))?.parts.sender).toBeNull();
  await untilForgotten(world, id);
  expect(Date.now() - requestedAt.getTime()).toBeGreaterThan(30_000);

  await world.store.erasures.updateOne(
    { _id: id },
    { $set: { "parts.sender": null, state: "open", nextAt: new Date(0) } },
  );
  await untilForgotten(world, id);
});

it.concurrent("leaves no link of a message, however late a sender writes it", async () => {
  await using world = await openWorld();
  const { store } = world;
  await world.addFriends(1);
  const [person] = await peopleOf(world);
  if (!person) throw new Error("nobody");
  const message = await world.message({
    to: { provider: "acme", lineUserId: person.lineAccounts[0]?.lineUserId ?? "" },
    messages: [{ type: "text", text: "Dear Ana, https://shop.example/?mail=ana@x.test" }],
    tracking: "person",
    sendAt: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const facts = { workspaceId, url: "https://shop.example/?mail=ana@x.test", variant: null };
  const linkId = clickLinkId({ ...facts, ownerId: message });
  const link = { ...facts, campaignId: null, messageId: message };
  const id = await erase(world, person, { requestedAt: new Date(Date.now() - 25_000) });
  await until(async () => (await world.batch(message)).state === "settled", {
    what: "the first look",
  });
  // By a sender that stood still, and was killed before it could look whether that was right.
  const createdAt = new Date();
  const expireAt = new Date(createdAt.getTime() + 3_600_000);
  await store.clickLinks.insertOne({ _id: linkId, ...link, createdAt, expireAt });
  await untilForgotten(world, id);
  expect(await store.clickLinks.find({ messageId: message }).toArray()).toEqual([]);
  // By one that stood still until all of it was over.
  await createClickLinks(store)([{ id: linkId, ...link }]);
  expect(await store.clickLinks.find({ messageId: message }).toArray()).toEqual([]);
  expect(JSON.stringify(await store.erasures.findOne({ _id: id }))).not.toContain(message);
});

const never = new Promise<void>(() => undefined);
