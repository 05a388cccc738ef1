import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { createSimulator } from "@yubin/simulator";
import { describe, expect, it } from "vitest";

import { readLineOpenapi } from "./line-openapi.ts";

const api = readLineOpenapi("messaging-api");
const tokens = readLineOpenapi("channel-access-token");
const webhooks = readLineOpenapi("webhook");

/** A simulator with a channel and two friends. */
const setup = async () => {
  const simulator = createSimulator({ keepBodies: true });
  await simulator.start();
  const channel = simulator.addChannel({ plan: { type: "limited", value: 100 } });
  const [friend = "", other = ""] = simulator.addPeople({ count: 2 });
  simulator.follow(channel.channelId, [friend, other]);
  const ask = async (request: string, body?: unknown, headers?: Record<string, string>) => {
    const [method = "GET", path = ""] = request.split(" ");
    const answer = await fetch(simulator.url + path, {
      method,
      headers: {
        authorization: `Bearer ${channel.accessToken}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, json: await answer.json() };
  };
  const form = async (path: string, fields: Record<string, string>) => {
    const body = new URLSearchParams(fields);
    const answer = await fetch(simulator.url + path, { method: "POST", body });
    return { status: answer.status, json: await answer.json() };
  };
  return {
    simulator,
    channel,
    friend,
    other,
    ask,
    form,
    [Symbol.asyncDispose]: () => simulator.stop(),
  };
};

const messages = [{ type: "text", text: "hi" }];

describe("the judge itself", () => {
  it("finds what is wrong with a value, down to the subtype", () => {
    expect(api.problems("BotInfoResponse", {})).toContain("/ must have required property 'userId'");
    const to = `U${"0".repeat(32)}`;
    expect(api.problems("PushMessageRequest", { to, messages })).toEqual([]);
    expect(api.problems("PushMessageRequest", { to, messages: [{ type: "text" }] })).toContain(
      "/messages/0 must have required property 'text'",
    );
    expect(api.problems("PushMessageRequest", { to, messages: [{ type: "fax" }] })).toContain(
      "/messages/0/type must be equal to one of the allowed values",
    );
    expect(webhooks.problems("Event", { type: "follow" })).toContain(
      "/ must have required property 'follow'",
    );
  });
});

describe("answers as LINE's definition has them", () => {
  it("for every good answer of the Messaging API", async () => {
    await using world = await setup();
    const { simulator, channel, friend, other, ask } = world;
    simulator.updateChannel(channel.channelId, { webhookUrl: "http://127.0.0.1:1/" });
    const { replyToken } = simulator.say(channel.channelId, friend, "hi");
    const good: [request: string, schema: string, body?: unknown][] = [
      ["GET /v2/bot/info", "BotInfoResponse"],
      ["GET /v2/bot/message/quota", "MessageQuotaResponse"],
      ["GET /v2/bot/message/quota/consumption", "QuotaConsumptionResponse"],
      [`GET /v2/bot/profile/${friend}`, "UserProfileResponse"],
      ["GET /v2/bot/followers/ids?limit=1", "GetFollowersResponse"],
      ["GET /v2/bot/message/delivery/push?date=20260101", "NumberOfMessagesResponse"],
      ["GET /v2/bot/channel/webhook/endpoint", "GetWebhookEndpointResponse"],
      ["POST /v2/bot/channel/webhook/test", "TestWebhookEndpointResponse", {}],
      [`POST /v2/bot/user/${friend}/linkToken`, "IssueLinkTokenResponse"],
      ["POST /v2/bot/message/push", "PushMessageResponse", { to: friend, messages }],
      ["POST /v2/bot/message/reply", "ReplyMessageResponse", { replyToken, messages }],
    ];
    for (const [request, schema, body] of good) {
      const { status, json } = await ask(request, body);
      expect([request, status, api.problems(schema, json)]).toEqual([request, 200, []]);
    }
    const multicast = await ask("POST /v2/bot/message/multicast", {
      to: [friend, other],
      messages,
    });
    expect(multicast).toEqual({ status: 200, json: {} });
  });

  it("for refusals", async () => {
    await using world = await setup();
    const { friend, ask, simulator, channel } = world;
    const { replyToken } = simulator.say(channel.channelId, friend, "hi");
    const retryKey = { "x-line-retry-key": crypto.randomUUID() };
    await ask("POST /v2/bot/message/push", { to: friend, messages }, retryKey);
    const refused: [status: number, request: string, body?: unknown, headers?: typeof retryKey][] =
      [
        [400, "POST /v2/bot/message/push", { to: friend, messages: [{ type: "text", text: "" }] }],
        [400, "POST /v2/bot/message/push", { to: "x", messages }],
        [404, `GET /v2/bot/profile/U${"0".repeat(32)}`],
        [404, "GET /v2/bot/channel/webhook/endpoint"],
        [409, "POST /v2/bot/message/push", { to: friend, messages }, retryKey],
        [400, "POST /v2/bot/message/reply", { replyToken: "unknown", messages }],
        [400, "POST /v2/bot/message/reply", { replyToken, messages }, retryKey],
      ];
    for (const [expected, request, body, headers] of refused) {
      const { status, json } = await ask(request, body, headers);
      expect([request, status, api.problems("ErrorResponse", json)]).toEqual([
        request,
        expected,
        [],
      ]);
    }
  });

  it("for tokens", async () => {
    await using world = await setup();
    const { channel, form, ask } = world;
    const credentials = {
      grant_type: "client_credentials",
      client_id: channel.channelId,
      client_secret: channel.channelSecret,
    };
    const stateless = await form("/oauth2/v3/token", credentials);
    expect(tokens.problems("IssueStatelessChannelAccessTokenResponse", stateless.json)).toEqual([]);
    const shortLived = await form("/v2/oauth/accessToken", credentials);
    expect(tokens.problems("IssueShortLivedChannelAccessTokenResponse", shortLived.json)).toEqual(
      [],
    );
    const verified = await form("/v2/oauth/verify", { access_token: channel.accessToken });
    expect(tokens.problems("VerifyChannelAccessTokenResponse", verified.json)).toEqual([]);
    const { access_token: token } = stateless.json as { access_token: string };
    const current = await ask(`GET /oauth2/v2.1/verify?access_token=${token}`);
    expect(tokens.problems("VerifyChannelAccessTokenResponse", current.json)).toEqual([]);
    const refused = await form("/oauth2/v3/token", { ...credentials, client_secret: "wrong" });
    expect([refused.status, tokens.problems("ErrorResponse", refused.json)]).toEqual([400, []]);
  });
});

it("sends webhooks as LINE's definition has them, whatever people do", async () => {
  await using world = await setup();
  const { simulator, channel, friend, other } = world;
  const { channelId } = channel;
  const bodies: unknown[] = [];
  const bot = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      bodies.push(JSON.parse(Buffer.concat(chunks).toString("utf8")));
      res.end();
    });
  }).listen(0, "127.0.0.1");
  await once(bot, "listening");
  const webhookUrl = `http://127.0.0.1:${(bot.address() as AddressInfo).port}/`;
  simulator.updateChannel(channelId, { webhookUrl, delivery: { timeoutMs: 30_000 } });

  simulator.block(channelId, friend);
  simulator.unblock(channelId, friend);
  const { message } = simulator.say(channelId, friend, "こんにちは");
  simulator.sendImage(channelId, friend);
  simulator.unsend(channelId, friend, message.id);
  simulator.postback(channelId, friend, "buy=1", { date: "2026-01-01" });
  const { groupId } = simulator.groups.join(channelId, [friend]);
  simulator.say(channelId, friend, "all", { groupId });
  simulator.groups.memberJoined(channelId, groupId, [other]);
  simulator.groups.memberLeft(channelId, groupId, [other]);
  simulator.groups.leave(channelId, groupId);
  const answer = await world.ask(`POST /v2/bot/user/${friend}/linkToken`);
  const { linkToken } = answer.json as { linkToken: string };
  simulator.accountLink(channelId, friend, { linkToken, nonce: "0123456789" });
  await simulator.webhooks.settled();
  bot.close();
  bot.closeAllConnections();

  const types = bodies.flatMap((body) => (body as { events: { type: string }[] }).events);
  expect(types.map(({ type }) => type).toSorted()).toEqual([
    "accountLink",
    "follow",
    "join",
    "leave",
    "memberJoined",
    "memberLeft",
    "message",
    "message",
    "message",
    "postback",
    "unfollow",
    "unsend",
  ]);
  for (const body of bodies) expect(webhooks.problems("CallbackRequest", body)).toEqual([]);
});
