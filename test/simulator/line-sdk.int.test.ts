import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import {
  channelAccessToken,
  HTTPFetchError,
  LineBotClient,
  validateSignature,
} from "@line/bot-sdk";
import type { webhook } from "@line/bot-sdk";
import { createSimulator } from "@yubin/simulator";
import type { ChannelOptions } from "@yubin/simulator";
import { expect, it } from "vitest";

/** LINE's own client against the simulator, with a channel and some friends. */
const setup = async (options: ChannelOptions = {}) => {
  const simulator = createSimulator();
  await simulator.start();
  const channel = simulator.addChannel(options);
  const friends = simulator.addPeople({ count: 25 });
  simulator.follow(channel.channelId, friends);
  const client = LineBotClient.fromChannelAccessToken({
    channelAccessToken: channel.accessToken,
    apiBaseURL: simulator.url,
    dataApiBaseURL: simulator.url,
  });
  const [friend = ""] = friends;
  return {
    simulator,
    channel,
    client,
    friends,
    friend,
    [Symbol.asyncDispose]: () => simulator.stop(),
  };
};

/** A bot server that checks signatures with LINE's own function. */
const startBot = async (secret: () => string) => {
  const events: webhook.Event[] = [];
  const signatures: boolean[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const body = Buffer.concat(chunks);
      signatures.push(validateSignature(body, secret(), String(req.headers["x-line-signature"])));
      events.push(...(JSON.parse(body.toString()) as webhook.CallbackRequest).events);
      res.end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/inbound/line`;
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
  };
  return { url, events, signatures, [Symbol.asyncDispose]: stop };
};

/** The HTTP error of a call that must fail. */
const failureOf = async (call: Promise<unknown>): Promise<HTTPFetchError> => {
  const error: unknown = await call.then(
    () => new Error("the call succeeded"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof HTTPFetchError) return error;
  throw error;
};

const text = (words: string) => [{ type: "text" as const, text: words }];

it("shows the bot, its quota and its friends' profiles", async () => {
  await using world = await setup({ displayName: "郵便局", plan: { type: "limited", value: 500 } });
  const { client, channel, friend, simulator } = world;
  expect(await client.getBotInfo()).toMatchObject({
    userId: channel.botUserId,
    displayName: "郵便局",
    chatMode: "bot",
    markAsReadMode: "auto",
  });
  expect(await client.getMessageQuota()).toEqual({ type: "limited", value: 500 });
  expect(await client.getProfile(friend)).toEqual(simulator.person("provider-1", friend));
  await client.multicast({ to: world.friends, messages: text("x") });
  expect(await client.getMessageQuotaConsumption()).toEqual({ totalUsage: 25 });
  expect((await failureOf(client.getProfile(`U${"0".repeat(32)}`))).status).toBe(404);
});

it("pushes, and learns by 409 that a retry was not needed", async () => {
  await using world = await setup();
  const { client, friend, simulator } = world;
  const retryKey = crypto.randomUUID();
  const request = { to: friend, messages: text("[[once]]") };
  const { httpResponse, body } = await client.pushMessageWithHttpInfo(request, retryKey);
  expect(body.sentMessages).toHaveLength(1);
  const failure = await failureOf(client.pushMessage(request, retryKey));
  expect(failure.status).toBe(409);
  expect(failure.headers.get("x-line-accepted-request-id")).toBe(
    httpResponse.headers.get("x-line-request-id"),
  );
  expect(JSON.parse(failure.body)).toMatchObject({ sentMessages: body.sentMessages });
  expect(simulator.ledger.recipients("once").get(friend)).toBe(1);
});

it("multicasts and broadcasts with retry keys", async () => {
  await using world = await setup();
  const { client, friends, simulator } = world;
  const keys = [crypto.randomUUID(), crypto.randomUUID()];
  await client.multicast({ to: friends, messages: text("[[m]]") }, keys[0]);
  await client.broadcast({ messages: text("[[b]]") }, keys[1]);
  const again = client.broadcast({ messages: text("[[b]]") }, keys[1]);
  expect((await failureOf(again)).status).toBe(409);
  expect(simulator.ledger.summary()).toMatchObject({ accepted: 50, delivered: 50, duplicates: 0 });
});

it("replies to a message once", async () => {
  await using world = await setup();
  const { client, simulator, channel, friend } = world;
  const { replyToken = "" } = simulator.say(channel.channelId, friend, "hi");
  const { sentMessages } = await client.replyMessage({ replyToken, messages: text("hello") });
  expect(sentMessages[0]?.id).toMatch(/^\d{18}$/);
  const failure = await failureOf(client.replyMessage({ replyToken, messages: text("again") }));
  expect([failure.status, JSON.parse(failure.body)]).toEqual([
    400,
    { message: "Invalid reply token" },
  ]);
});

it("lists every follower once, page by page, until the token is too old", async () => {
  await using world = await setup();
  const { client, simulator, channel, friends } = world;
  simulator.block(channel.channelId, friends[3] ?? "");
  const found: string[] = [];
  let next: string | undefined;
  let pages = 0;
  do {
    const page = await client.getFollowers(next, 10);
    found.push(...page.userIds);
    ({ next } = page);
    pages += 1;
  } while (next !== undefined && pages < 10);
  expect([pages, found]).toEqual([3, friends.filter((_, n) => n !== 3)]);

  const { next: old } = await client.getFollowers(undefined, 10);
  simulator.advanceClock(86_400_000);
  expect(JSON.parse((await failureOf(client.getFollowers(old, 10))).body)).toEqual({
    message: "Invalid start param",
  });
  expect((await failureOf(client.getFollowers(undefined, 1_001))).status).toBe(400);
  simulator.updateChannel(channel.channelId, { verified: false });
  expect((await failureOf(client.getFollowers())).status).toBe(403);
});

it("sets, shows and tests the webhook, and its signatures hold", async () => {
  await using world = await setup();
  const { client, simulator, channel, friend } = world;
  await using bot = await startBot(() => simulator.channel(channel.channelId).channelSecret);
  expect((await failureOf(client.getWebhookEndpoint())).status).toBe(404);
  await client.setWebhookEndpoint({ endpoint: bot.url });
  expect(await client.getWebhookEndpoint()).toEqual({ endpoint: bot.url, active: true });
  expect(await client.testWebhookEndpoint({})).toMatchObject({ success: true, statusCode: 200 });
  simulator.say(channel.channelId, friend, "日本語 🍎");
  simulator.block(channel.channelId, friend);
  await simulator.webhooks.settled();
  simulator.reissueSecret(channel.channelId);
  simulator.unblock(channel.channelId, friend);
  await simulator.webhooks.settled();
  expect(bot.events.map(({ type }) => type)).toEqual(["message", "unfollow", "follow"]);
  expect(bot.signatures).toEqual(bot.signatures.map(() => true));
  const failure = await failureOf(client.setWebhookEndpoint({ endpoint: "nowhere" }));
  expect(failure.status).toBe(400);
});

it("judges messages without sending them", async () => {
  await using world = await setup();
  const { client, simulator } = world;
  await client.validatePush({ messages: text("fine") });
  await client.validateNarrowcast({ messages: text("fine") });
  const failure = await failureOf(client.validateMulticast({ messages: text("x".repeat(5_001)) }));
  expect(JSON.parse(failure.body)).toEqual({
    message: "The request body has 1 error(s)",
    details: [{ message: "Length must be between 0 and 5000", property: "messages[0].text" }],
  });
  expect(simulator.ledger.summary().acceptedCalls).toBe(0);
});

it("fetches a picture and issues a link token", async () => {
  await using world = await setup();
  const { client, simulator, channel, friend } = world;
  const { message } = simulator.sendImage(channel.channelId, friend);
  const chunks: Buffer[] = [];
  for await (const chunk of await client.getMessageContent(message.id))
    chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).subarray(1, 4).toString()).toBe("PNG");
  const { linkToken } = await client.issueLinkToken(friend);
  expect(linkToken).toMatch(/^[0-9a-f]{32}$/);
});

it("issues, verifies and revokes tokens", async () => {
  await using world = await setup();
  const { simulator, channel } = world;
  const tokens = new channelAccessToken.ChannelAccessTokenClient({ baseURL: simulator.url });
  const { channelId, channelSecret } = channel;
  const stateless = await tokens.issueStatelessChannelTokenByClientSecret(channelId, channelSecret);
  expect(stateless.expires_in).toBe(900);
  const verified = await tokens.verifyChannelTokenByJWT(stateless.access_token);
  expect(verified.client_id).toBe(channelId);
  const long = await tokens.verifyChannelToken(channel.accessToken);
  expect(long.client_id).toBe(channelId);
  const short = await tokens.issueChannelToken("client_credentials", channelId, channelSecret);
  const withShort = LineBotClient.fromChannelAccessToken({
    channelAccessToken: short.access_token,
    apiBaseURL: simulator.url,
  });
  expect((await withShort.getBotInfo()).userId).toBe(channel.botUserId);
  await tokens.revokeChannelToken(short.access_token);
  expect((await failureOf(withShort.getBotInfo())).status).toBe(401);
  const wrong = tokens.issueStatelessChannelTokenByClientSecret(channelId, "wrong");
  expect((await failureOf(wrong)).status).toBe(400);
});
