import { Queue } from "bullmq";
import { queuePrefix } from "@yubin/queue";
import { idFrom } from "@yubin/types";
import { expect, it } from "vitest";

import { openWorld, until, workspaceId, type World } from "./open-world.ts";

const messages = [{ type: "text", text: "[[q]] hi" }];

const openQueue = (world: World) => {
  const url = new URL(world.servers.redisUrl);
  const queue = new Queue("sends", {
    connection: { host: url.hostname, port: Number(url.port) },
    prefix: queuePrefix("sends", world.servers.redisPrefix),
  });
  return {
    add: (payload: unknown, name = "message.send") => queue.add(name, payload),
    [Symbol.asyncDispose]: () => queue.close(),
  };
};

const letters = (world: World) => world.store.deadLetters.find().toArray();

it("takes messages of campaign systems, once for each key", async () => {
  await using world = await openWorld();
  await using queue = openQueue(world);
  const [userId = ""] = world.simulator.addPeople({ provider: "acme", count: 1 });
  await world.addProfile({ lineUserId: userId, externalId: "42" });
  const payload = {
    v: 1,
    workspaceId,
    idempotencyKey: "k1",
    to: "user:42",
    channelId: world.channelId,
    messages,
  };
  await queue.add(payload);
  await queue.add(payload);
  const row = await world.untilSettled(idFrom("msg", workspaceId, "k1"));
  expect(row.recipients[0]).toMatchObject({ outcome: "accepted", lineUserId: userId });

  await queue.add({ ...payload, messages: [{ type: "text", text: "other" }] });
  await until(async () => (await letters(world)).length === 1, { what: "a dead letter" });
  expect((await letters(world))[0]).toMatchObject({ code: "idempotency_mismatch", workspaceId });
  expect(world.simulator.ledger.recipients("q").get(userId)).toBe(1);
});

it("takes a wish for a free reply, and refuses what is none", async () => {
  await using world = await openWorld({ senders: 1 });
  await using queue = openQueue(world);
  const { channelId } = world;
  const payload = { v: 1, workspaceId, to: "user:42", channelId, messages };
  await queue.add({ ...payload, idempotencyKey: "free", replyIfFree: true });
  const row = await world.untilSettled(idFrom("msg", workspaceId, "free"));
  expect(row.content).toMatchObject({ replyIfFree: true });
  await queue.add({ ...payload, idempotencyKey: "odd", replyIfFree: "yes" });
  await until(async () => (await letters(world)).length === 1, { what: "a dead letter" });
  expect((await letters(world))[0]).toMatchObject({ code: "payload_invalid", workspaceId });
});

it("takes messages from saved templates, in the words of that moment", async () => {
  await using world = await openWorld();
  await using queue = openQueue(world);
  const [userId = ""] = world.simulator.addPeople({ provider: "acme", count: 1 });
  await world.addProfile({ lineUserId: userId });
  const now = new Date();
  await world.store.messageTemplates.insertOne({
    _id: "tmpl_1",
    workspaceId,
    name: "Welcome",
    version: 1,
    messages: [{ type: "text", text: "[[t]] hi {{ data.name }}" }],
    notificationDisabled: true,
    archivedAt: null,
    createdAt: now,
    updatedAt: now,
  });
  const payload = {
    v: 1,
    workspaceId,
    to: `line:acme:${userId}`,
    channelId: world.channelId,
    templateId: "tmpl_1",
    data: { name: "Aiko" },
  };
  await queue.add({ ...payload, idempotencyKey: "k1" });
  const row = await world.untilSettled(idFrom("msg", workspaceId, "k1"));
  expect(row.recipients[0]).toMatchObject({ outcome: "accepted", lineUserId: userId });
  expect(row.content).toMatchObject({ template: { id: "tmpl_1", version: 1 } });
  expect(world.simulator.ledger.recipients("t").get(userId)).toBe(1);

  const unfit: [object, string][] = [
    [{ templateId: "tmpl_none" }, "not_found"],
    [{ templateVersion: 2 }, "not_found"],
    [{ messages }, "payload_invalid"],
    [{ templateId: undefined }, "payload_invalid"],
  ];
  for (const [over] of unfit) await queue.add({ ...payload, idempotencyKey: "k2", ...over });
  await until(async () => (await letters(world)).length === unfit.length, { what: "the letters" });
  expect((await letters(world)).map(({ code }) => code).sort()).toEqual(
    unfit.map(([, code]) => code).sort(),
  );
  await world.store.messageTemplates.updateOne({ _id: "tmpl_1" }, { $set: { archivedAt: now } });
  await queue.add({ ...payload, idempotencyKey: "k3" });
  await until(async () => (await letters(world)).length === unfit.length + 1, { what: "another" });
  expect((await letters(world)).map(({ code }) => code)).toContain("template_archived");
});

const picture = (url: string) => ({
  type: "image",
  originalContentUrl: url,
  previewImageUrl: "https://example.com/b.png",
});
/** What LINE would refuse, with the code of each. */
const unfit: readonly (readonly [message: object, code: string])[] = [
  [{ type: "text", text: "🍎".repeat(2_500) + "x" }, "line_limit"],
  [{ type: "text", text: " " }, "line_limit"],
  [{ type: "text", text: "$", emojis: [{ index: 1, productId: "p", emojiId: "e" }] }, "line_limit"],
  [{ type: "text", text: "a", sender: { name: "LINE" } }, "line_limit"],
  [{ type: "flex", altText: "a", contents: { type: "bubble", body: {} } }, "line_limit"],
  [
    { type: "text", text: "a", more: Array.from({ length: 10_001 }, () => 1) },
    "message_too_complex",
  ],
  [{ type: "text", text: "a", more: "x".repeat(2_000_000) }, "request_too_large"],
  [picture("http://example.com/a.png"), "url_invalid"],
  [picture("javascript:alert(1)"), "url_invalid"],
  [picture(`https://example.com/${"a".repeat(1_981)}`), "url_invalid"],
  [picture("https://127.1/"), "url_private"],
  [picture("https://[::ffff:7f00:1]/"), "url_private"],
];

it("puts what does not fit into the dead letters, and goes on", async () => {
  await using world = await openWorld();
  await using queue = openQueue(world);
  const [userId = ""] = world.simulator.addPeople({ provider: "acme", count: 1 });
  const profileId = await world.addProfile({ lineUserId: userId });
  const good = {
    v: 1,
    workspaceId,
    idempotencyKey: "k",
    to: profileId,
    channelId: world.channelId,
    messages,
  };
  let deep: unknown = "x";
  for (let level = 0; level < 200; level += 1) deep = { a: deep };
  const hostile: [unknown, string][] = [
    ["text", "payload_invalid"],
    [{ ...good, workspaceId: undefined }, "payload_invalid"],
    [{ ...good, to: 7 }, "payload_invalid"],
    [{ ...good, token: "stolen" }, "payload_invalid"],
    [{ ...good, retryKey: "mine" }, "payload_invalid"],
    [{ ...good, messages: [{ type: "gif" }] }, "message_type"],
    [{ ...good, messages: [{ type: "g".repeat(10_000) }] }, "message_type"],
    [
      { ...good, messages: [{ type: "text", text: "{% include 'x' %}" }] },
      "template_tag_forbidden",
    ],
    ...unfit.map(([message, code]): [unknown, string] => [{ ...good, messages: [message] }, code]),
    [{ ...good, to: "nobody" }, "request_invalid"],
    [{ ...good, workspaceId: "ws_other" }, "workspace_mismatch"],
    [{ ...good, channelId: "chan_none" }, "not_found"],
    [{ ...good, data: deep }, "payload_invalid"],
    [{ ...good, v: 0 }, "version_unsupported"],
  ];
  for (const [payload] of hostile) await queue.add(payload);
  await queue.add(good, "message.unheard");
  await queue.add({ ...good, idempotencyKey: "good" });

  const row = await world.untilSettled(idFrom("msg", workspaceId, "good"));
  expect(row.recipients[0]?.outcome).toBe("accepted");
  await until(async () => (await letters(world)).length === hostile.length + 1, {
    what: "the dead letters",
  });
  const codes = (await letters(world)).map(({ code }) => code).sort();
  expect(codes).toEqual([...hostile.map(([, code]) => code), "job_unknown"].sort());
  expect(await world.store.batches.countDocuments()).toBe(1);
});
