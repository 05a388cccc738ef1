import { expect, it } from "vitest";
import { startBotServer } from "./bot-server.ts";
import { setup } from "./setup.ts";

it("delivers what people do, signed over the exact bytes", async () => {
  await using bot = await startBotServer();
  await using world = await setup({}, { webhookUrl: bot.url });
  const { simulator, channel, friends } = world;
  simulator.say(channel.channelId, friends[0], "こんにちは 🍎");
  simulator.postback(channel.channelId, friends[0], "buy=1");
  simulator.block(channel.channelId, friends[1]);
  simulator.unblock(channel.channelId, friends[1]);
  const stats = await simulator.webhooks.settled();
  expect(stats).toMatchObject({ events: 9, delivered: 9, pending: 0, givenUp: 0 });
  expect(bot.events().map(({ type }) => type)).toEqual([
    "follow",
    "follow",
    "follow",
    "follow",
    "follow",
    "message",
    "postback",
    "unfollow",
    "follow",
  ]);
  for (const { signature, contentType, body } of bot.received) {
    expect(signature).toBe(simulator.sign(channel.channelId, body));
    expect(contentType).toBe("application/json; charset=utf-8");
    expect(JSON.parse(body)).toMatchObject({ destination: channel.botUserId });
  }
  expect(bot.events().at(-1)).toMatchObject({ follow: { isUnblocked: true } });
});

it("disturbs 200 events and brings every one of them through", async () => {
  // Every third request fails, so that redelivery has work as well.
  await using bot = await startBotServer((n) => (n % 3 === 0 ? 500 : 200));
  await using world = await setup(
    {
      seed: 5,
      delivery: { copiesMax: 5, shuffle: true, batchMax: 7, backoffMs: 5, attemptsMax: 20 },
    },
    { webhookUrl: bot.url, redelivery: true },
  );
  const { simulator, channel } = world;
  const people = simulator.addPeople({ count: 195 });
  simulator.follow(channel.channelId, people);
  const stats = await simulator.webhooks.settled();
  expect(stats).toMatchObject({ events: 200, delivered: 200, givenUp: 0 });
  const events = bot.events();
  expect(new Set(events.map((event) => event.webhookEventId)).size).toBe(200);
  expect(events.length).toBeGreaterThan(450);
  expect(events.some((event) => event.deliveryContext.isRedelivery)).toBe(true);
  const arrivals = events.map((event) => event.webhookEventId);
  expect(arrivals).not.toEqual(arrivals.toSorted());
});

it("gives a bot server that does not answer the time-out, and no more", async () => {
  await using bot = await startBotServer((n) => (n === 1 ? undefined : 200));
  await using world = await setup(
    { delivery: { timeoutMs: 2_000, backoffMs: 10 } },
    { webhookUrl: bot.url, redelivery: true },
  );
  const stats = await world.simulator.webhooks.settled();
  expect(stats.answers).toEqual({ timeout: 1, "200": 1 });
  expect(stats.durationMs.max).toBeGreaterThanOrEqual(1_995);
  expect(stats.delivered).toBe(5);
});

it("goes round the replicas, past one that is down", async () => {
  await using one = await startBotServer();
  await using other = await startBotServer();
  const origins = [one.url, await urlOfNobody(), other.url];
  await using world = await setup({ delivery: { batchMax: 1, concurrency: 1 } });
  const { simulator, channel } = world;
  simulator.updateChannel(channel.channelId, { webhookUrl: "http://bot.example/inbound/line" });
  simulator.webhooks.balance("http://bot.example", origins);
  for (let n = 0; n < 9; n += 1) simulator.say(channel.channelId, world.friends[0], `${n}`);
  await simulator.webhooks.settled();
  expect([one.received.length, other.received.length]).toEqual([3, 6]);
});

it("says with numbers when webhooks do not settle", async () => {
  await using bot = await startBotServer();
  await using world = await setup();
  const { simulator, channel, friends } = world;
  simulator.updateChannel(channel.channelId, { webhookUrl: bot.url });
  simulator.webhooks.pause();
  simulator.say(channel.channelId, friends[0], "x");
  await expect(simulator.webhooks.settled({ timeoutMs: 30 })).rejects.toThrow('"pending":1');
  simulator.webhooks.resume();
  await expect(simulator.webhooks.settled()).resolves.toMatchObject({ delivered: 1 });
});

it("lets thousands follow without piling up their events", async () => {
  await using bot = await startBotServer();
  await using world = await setup({ delivery: { batchMax: 100 } }, { webhookUrl: bot.url });
  const { simulator, channel } = world;
  const people = simulator.addPeople({ count: 12_000 });
  const events = await simulator.many("follow", channel.channelId, people);
  expect(events).toBe(12_000);
  const { delivered } = await simulator.webhooks.settled();
  expect(delivered).toBe(12_005);
  expect(simulator.friendCounts(channel.channelId)).toEqual({ friends: 12_005, blocked: 0 });
});

it("starts the minute of a reply token when its event arrives", async () => {
  await using bot = await startBotServer();
  await using world = await setup({}, { webhookUrl: bot.url });
  const { simulator, channel, friends } = world;
  await simulator.webhooks.settled();
  const said = simulator.say(channel.channelId, friends[0], "hi");
  await simulator.webhooks.settled();
  simulator.advanceClock(60_000);
  const messages = [{ type: "text", text: "late" }];
  const { replyToken } = said;
  const late = await world.post("/v2/bot/message/reply", { replyToken, messages });
  expect(late.json).toEqual({ message: "Invalid reply token" });
});

it("links accounts for the token's owner, once", async () => {
  await using bot = await startBotServer();
  await using world = await setup({}, { webhookUrl: bot.url });
  const { simulator, channel, friends } = world;
  const issue = async (): Promise<string> => {
    const answer = await world.call("POST", `/v2/bot/user/${friends[0]}/linkToken`);
    return answer.json["linkToken"] as string;
  };
  const link = (userId: string, linkToken: string) =>
    simulator.accountLink(channel.channelId, userId, { linkToken, nonce: "n1" });
  const linkToken = await issue();
  expect(link(friends[0], linkToken)).toMatchObject({ link: { result: "ok", nonce: "n1" } });
  expect(link(friends[0], linkToken)).toBeUndefined();
  const failed = link(friends[1], await issue());
  expect(failed).toMatchObject({ link: { result: "failed", nonce: "n1" } });
  expect(failed).not.toHaveProperty("source");
  const late = await issue();
  simulator.advanceClock(600_000);
  expect(link(friends[0], late)).toBeUndefined();
});

it("sends bodies that LINE would never send, as they are", async () => {
  await using bot = await startBotServer();
  await using world = await setup();
  const { simulator, channel } = world;
  const body = `{"destination":"${channel.botUserId}","events":[]}`;
  const send = (options: Parameters<typeof simulator.postWebhook>[2]) =>
    simulator.postWebhook(channel.channelId, body, { url: bot.url, ...options });
  await send({ signature: null });
  await send({ signature: "wrong" });
  await send({ secret: "another" });
  expect((await send({})).outcome).toBe("answered");
  const signatures = bot.received.map(({ signature }) => signature);
  expect(signatures.slice(0, 2)).toEqual([undefined, "wrong"]);
  expect(signatures[3]).toBe(simulator.sign(channel.channelId, body));
  expect(signatures[2]).not.toBe(signatures[3]);
});

it("tests a webhook for real, and says what it met", async () => {
  await using bot = await startBotServer((n) => [200, 404, undefined][n - 1]);
  await using world = await setup({ delivery: { timeoutMs: 100 } });
  const test = async (endpoint?: string) =>
    (await world.post("/v2/bot/channel/webhook/test", endpoint ? { endpoint } : {})).json;
  expect(await test()).toEqual({ message: "Webhook endpoint not found" });
  const unset = await world.call("GET", "/v2/bot/channel/webhook/endpoint");
  expect(unset.status).toBe(404);
  expect(await test(bot.url)).toMatchObject({ success: true, statusCode: 200, reason: "OK" });
  expect(bot.received[0]?.events).toEqual([]);
  expect(await test(bot.url)).toMatchObject({
    success: false,
    statusCode: 404,
    reason: "ERROR_STATUS_CODE",
  });
  expect(await test(bot.url)).toMatchObject({ statusCode: 0, reason: "REQUEST_TIMEOUT" });
  expect(await test("http://127.0.0.1:1/")).toMatchObject({ reason: "COULD_NOT_CONNECT" });
  expect(await test("ftp://x")).toEqual({ message: "Invalid webhook endpoint URL" });
});

it("takes https alone when it is told to be that strict", async () => {
  await using world = await setup({ httpsOnly: true });
  const set = (endpoint: string) =>
    world.call("PUT", "/v2/bot/channel/webhook/endpoint", {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ endpoint }),
    });
  expect((await set("http://bot.example/")).status).toBe(400);
  expect((await set("https://bot.example/")).status).toBe(200);
});

/** A URL at which a server stood that is gone. */
async function urlOfNobody(): Promise<string> {
  await using gone = await startBotServer();
  return gone.url;
}
