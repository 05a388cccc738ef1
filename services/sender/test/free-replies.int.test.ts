import { Redis } from "ioredis";
import { deliverMessage } from "@yubin/types";
import { describe, expect, it } from "vitest";

import { createLineBetween } from "./line-between.ts";
import { sealToken, until, workspaceId } from "./open-world.ts";
import { openReplyWorld, type ReplyWorld } from "./reply-world.ts";

const endOf = async (world: ReplyWorld, id: string) => {
  const { recipients, calls } = await world.untilSettled(id);
  expect(calls).toEqual([]);
  return recipients[0];
};
const endpointsOf = (world: ReplyWorld, recipient: string): string[] =>
  world.simulator.ledger.requests({ recipient }).map(({ endpoint }) => endpoint);
const claimsIn = async (world: ReplyWorld) =>
  (await world.store.replyTokens.find().sort({ receivedAt: 1 }).toArray()).map(
    ({ claimedBy }) => claimedBy,
  );
/** Everything that is in Redis, as far as it can be read; not what other tests have there, which is more by the minute. */
const redisOf = async ({ servers }: ReplyWorld): Promise<string> => {
  const redis = new Redis(servers.redisUrl);
  const run = servers.databaseName.slice(0, servers.databaseName.lastIndexOf("_"));
  const isOurs = (key: string): boolean =>
    key.startsWith(servers.redisPrefix) || !key.startsWith(`{${run}`);
  const dumps: string[] = [];
  for (const key of (await redis.keys("*")).filter(isOurs)) {
    const kind = await redis.type(key);
    if (kind === "hash") dumps.push(JSON.stringify(await redis.hgetall(key)));
    else if (kind === "stream") dumps.push(JSON.stringify(await redis.xrange(key, "-", "+")));
  }
  redis.disconnect();
  return dumps.join("\n");
};

describe("a message to somebody who has just written", () => {
  it("goes as a reply, costs nothing, and its token is nowhere afterwards", async () => {
    const logged: string[] = [];
    let inRedis = "";
    const step = async (name: string): Promise<void> => {
      if (name === "send") inRedis = await redisOf(world);
    };
    await using world = await openReplyWorld({ logLevel: "trace", logged, sender: { step } });
    const friend = await world.addFriend();
    const token = await world.wrote(friend);
    const id = await world.ask(friend, "m");
    expect(await endOf(world, id)).toMatchObject({
      outcome: "accepted",
      via: "reply",
      lineUserId: friend,
      messageIds: [expect.stringMatching(/^\d+$/)],
      lineRequestId: world.simulator.ledger.requests()[0]?.requestId,
    });
    expect(endpointsOf(world, friend)).toEqual(["reply"]);
    const { accepted, endpoints } = world.simulator.ledger.summary();
    expect({ accepted, push: endpoints.push }).toEqual({ accepted: 1, push: undefined });
    expect(JSON.stringify(await world.batch(id))).not.toContain(token);
    expect(inRedis).toContain(id);
    expect(inRedis).not.toContain(token);
    expect(logged.join("\n")).toContain(id);
    expect(logged.join("\n")).not.toContain(token);
  });

  it("is the only one that has its token, however many race for it from two senders", async () => {
    await using world = await openReplyWorld({ senders: 2 });
    const friend = await world.addFriend();
    const count = 60;
    for (let tokens = 0; tokens < 5; tokens += 1) await world.wrote(friend);
    const markers = Array.from({ length: count }, (_, at) => `m${at}`);
    const ids = await Promise.all(markers.map((marker) => world.ask(friend, marker)));
    const ends = await Promise.all(ids.map((id) => endOf(world, id)));
    expect(ends.every((end) => end?.outcome === "accepted")).toBe(true);
    expect(ends.filter((end) => end?.via === "reply")).toHaveLength(5);
    const claims = await claimsIn(world);
    expect(new Set(claims).size).toBe(5);
    expect(ids).toEqual(expect.arrayContaining(claims));
    const { duplicates, accepted, endpoints } = world.simulator.ledger.summary();
    expect({ duplicates, accepted }).toEqual({ duplicates: 0, accepted: count });
    // Nobody asked LINE in vain, as no token was tried twice.
    expect(endpoints.reply).toMatchObject({ attempted: 5, answers: { 200: 5 } });
  });

  it("is skipped where they may not be written to, and the token is left for others", async () => {
    await using world = await openReplyWorld();
    const blocked = await world.addFriend();
    await world.wrote(blocked);
    const rows = world.store.profiles;
    await rows.updateOne(
      { "lineAccounts.lineUserId": blocked },
      {
        $set: {
          [`lineAccounts.0.friendship.${world.channelId}.state`]: "blocked",
          friendOf: [],
          blockedOn: [world.channelId],
        },
      },
    );
    const end = await endOf(world, await world.ask(blocked, "m"));
    expect(end).toMatchObject({ outcome: "skipped", reason: "not_following" });
    expect(await claimsIn(world)).toEqual([null]);
    expect(world.simulator.ledger.summary().acceptedCalls).toBe(0);
  });
});

it("replies have a pace of their own, and do not wait for pushes", async () => {
  const limits = { pushPerSecond: 1, multicastPerSecond: 1 };
  await using world = await openReplyWorld({ limits });
  const people: string[] = [];
  for (let count = 0; count < 30; count += 1) people.push(await world.addFriend());
  for (const person of people) await world.wrote(person);
  const startedAt = performance.now();
  const ids = await Promise.all(people.map((person, at) => world.ask(person, `m${at}`)));
  for (const id of ids) expect(await endOf(world, id)).toMatchObject({ via: "reply" });
  expect(performance.now() - startedAt).toBeLessThan(15_000);
});

describe("a message that cannot go as a reply is pushed, once", () => {
  it("where the token is too old, without asking LINE", async () => {
    await using world = await openReplyWorld();
    const friend = await world.addFriend();
    await world.wrote(friend);
    const receivedAt = new Date(Date.now() - 45_000);
    await world.store.replyTokens.updateMany({}, { $set: { receivedAt } });
    expect(await endOf(world, await world.ask(friend, "m"))).not.toHaveProperty("via");
    expect(endpointsOf(world, friend)).toEqual(["push"]);
    expect(world.simulator.ledger.summary().endpoints.reply).toBeUndefined();
  });

  it.each([
    ["LINE says that its minute is over", { replyTokenLifeMs: 1 }, false],
    ["another program has used it", {}, true],
  ])("where %s", async (_why, simulator, isUsed) => {
    await using world = await openReplyWorld({ simulator });
    const friend = await world.addFriend();
    const replyToken = await world.wrote(friend);
    const other = { replyToken, messages: [{ type: "text", text: "[[other]]" }] };
    if (isUsed)
      await fetch(`${world.simulator.url}/v2/bot/message/reply`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${world.line.accessToken}`,
          "content-type": "application/json",
        },
        body: JSON.stringify(other),
      });
    const end = await endOf(world, await world.ask(friend, "m"));
    expect(end).toMatchObject({ outcome: "accepted" });
    expect(end).not.toHaveProperty("via");
    expect(world.simulator.ledger.recipients("m")).toEqual(new Map([[friend, 1]]));
    const { endpoints } = world.simulator.ledger.summary();
    expect(endpoints.reply?.answers).toMatchObject({ 400: 1 });
    expect(endpoints.push).toMatchObject({ attempted: 1, answers: { 200: 1 } });
  });

  it("where another channel's token is all there is", async () => {
    await using world = await openReplyWorld();
    const friend = await world.addFriend();
    await world.wrote(friend);
    const row = await world.store.replyTokens.findOne({});
    await world.store.replyTokens.deleteMany({});
    const _id = row?._id.replace(world.channelId, "chan_other") ?? "";
    if (row) await world.store.replyTokens.insertOne({ ...row, _id });
    await endOf(world, await world.ask(friend, "m"));
    expect(endpointsOf(world, friend)).toEqual(["push"]);
  });
});

it("401 to a reply stops the channel and ends nothing; with new credentials it goes, once", async () => {
  await using between = createLineBetween();
  await using world = await openReplyWorld({ between: between.open });
  const friend = await world.addFriend();
  await world.wrote(friend);
  between.spoil = () => ({ passedOn: false, reply: (res) => void res.writeHead(401).end("{}") });
  const id = await world.ask(friend, "m");
  const channel = () => world.store.channels.findOne({ _id: world.channelId });
  await until(async () => (await channel())?.state === "stopped", { what: "the stop" });
  expect((await world.batch(id)).recipients[0]?.outcome).toBeUndefined();

  between.spoil = () => undefined;
  const sealedToken = sealToken(world.channelId, world.line.accessToken);
  await world.store.channels.updateOne(
    { _id: world.channelId },
    { $set: { state: "connected", stateReason: null, sealedToken }, $inc: { version: 1 } },
  );
  // Or it would be half a minute until the message looks at the channel again.
  await world.producer.enqueue(deliverMessage, [{ v: 1, workspaceId, batchId: id }]);
  expect(await world.untilSettled(id)).toMatchObject({ counts: { accepted: 1 } });
  expect(world.simulator.ledger.recipients("m")).toEqual(new Map([[friend, 1]]));
});

it("of 300 people who wrote, each has it once or it is unknown, whatever LINE's answers come to", async () => {
  await using world = await openReplyWorld({ senders: 2 });
  const people: string[] = [];
  for (let count = 0; count < 300; count += 1) people.push(await world.addFriend());
  const endpoint = "reply";
  world.simulator.faults.set([
    { kind: "resetAfterAccept", rate: 0.1, endpoint },
    { kind: "error500AfterAccept", rate: 0.05, endpoint },
    { kind: "error500Before", rate: 0.05, endpoint },
    { kind: "resetBefore", rate: 0.05, endpoint },
    { kind: "hang", rate: 0.02, endpoint, hangMs: 15_000 },
    { kind: "hangBefore", rate: 0.02, endpoint, hangMs: 15_000 },
    { kind: "rate429", rate: 0.05, endpoint },
    { kind: "resetAfterAccept", rate: 0.1, endpoint: "push" },
  ]);
  const ids: string[] = [];
  for (const [at, person] of people.entries()) {
    // Some wrote too long ago, at LINE or as far as we know.
    const token = await world.wrote(person);
    if (at % 10 === 0)
      await world.store.replyTokens.updateOne({ token }, { $set: { receivedAt: new Date(0) } });
    ids.push(await world.ask(person, `m${at}`));
  }
  const tally = new Map<string, number>();
  for (const [at, id] of ids.entries()) {
    const { outcome, via, reason } = (await world.untilSettled(id, 150_000)).recipients[0] ?? {};
    const kind = `${outcome} ${via ?? "push"} ${reason ?? ""}`.trim();
    tally.set(kind, (tally.get(kind) ?? 0) + 1);
    const received = world.simulator.ledger.recipients(`m${at}`).get(people[at] ?? "") ?? 0;
    const isTrue = outcome === "accepted" ? received === 1 : received <= 1;
    expect({ at, kind, received, isTrue }).toEqual({ at, kind, received, isTrue: true });
  }
  expect(world.simulator.ledger.summary()).toMatchObject({ duplicates: 0, sameKeyOtherBody: 0 });
  const kinds = ["accepted push", "accepted reply", "unknown reply reply_unknown"];
  expect([...tally.keys()].toSorted()).toEqual(kinds);
  expect(tally.get("accepted reply")).toBeGreaterThan(150);
}, 300_000);
