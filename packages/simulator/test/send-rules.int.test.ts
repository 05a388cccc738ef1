import { expect, it } from "vitest";
import { setup } from "./setup.ts";

const text = (words: string) => [{ type: "text", text: words }];
const key = (): string => crypto.randomUUID();

it("answers every request with a request id of its own", async () => {
  await using world = await setup();
  const replies = [
    await world.call("GET", "/v2/bot/info"),
    await world.call("GET", "/v2/bot/info", { token: "wrong" }),
    await world.call("GET", "/v2/nothing"),
  ];
  const ids = replies.map(({ headers }) => headers.get("x-line-request-id"));
  expect(replies.map(({ status }) => status)).toEqual([200, 401, 404]);
  expect(new Set(ids).size).toBe(3);
  expect(ids).not.toContain(null);
});

it("answers 401 without a token, with a wrong one, and with a revoked one", async () => {
  await using world = await setup();
  const { simulator, channel } = world;
  expect((await world.call("GET", "/v2/bot/info", { token: null })).status).toBe(401);
  const wrong = await world.call("GET", "/v2/bot/info", { token: "x" });
  expect(wrong.json["message"]).toMatch(/^Authentication failed due to the following reason: /);
  simulator.revokeToken(channel.accessToken);
  expect((await world.call("GET", "/v2/bot/info")).status).toBe(401);
  const token = simulator.rotateToken(channel.channelId);
  expect((await world.call("GET", "/v2/bot/info", { token })).status).toBe(200);
});

it("knows no other path than the exact one", async () => {
  await using world = await setup();
  for (const path of [
    "/v2/bot/info/",
    "//v2/bot/info",
    "/v2/bot/INFO",
    "/v2/bot/message/narrowcast",
  ]) {
    expect([path, (await world.call("GET", path)).json]).toEqual([path, { message: "Not found" }]);
  }
});

it("refuses bodies of another type, beyond 2 MB, and what is no JSON object", async () => {
  await using world = await setup();
  const send = (body: string, type = "application/json") =>
    world.call("POST", "/v2/bot/message/push", { body, headers: { "content-type": type } });
  const plain = await send("{}", "text/plain");
  expect([plain.status, plain.json["message"]]).toEqual([
    415,
    "The content type, text/plain, is not supported",
  ]);
  expect((await send(`"${"x".repeat(2 * 1_024 * 1_024)}"`)).status).toBe(413);
  for (const body of ["", "{", "[]", "null", '"x"']) expect((await send(body)).status).toBe(400);
});

it("pushes to friends and drops what is for those who blocked or never came", async () => {
  await using world = await setup();
  const { simulator, channel, friends } = world;
  const [stranger = ""] = simulator.addPeople({ count: 1 });
  simulator.block(channel.channelId, friends[1]);
  simulator.deleteAccount("provider-1", friends[2]);
  for (const to of [friends[0], friends[1], friends[2], stranger]) {
    const { status, json } = await world.push(to, "[[m]]");
    expect([status, json["sentMessages"]]).toEqual([
      200,
      [expect.objectContaining({ id: expect.stringMatching(/^\d{18}$/) })],
    ]);
  }
  expect(simulator.ledger.summary()).toMatchObject({ accepted: 4, delivered: 1, notDelivered: 3 });
});

it("reaches a stranger for a week after they wrote", async () => {
  await using world = await setup();
  const { simulator, channel } = world;
  const [stranger = ""] = simulator.addPeople({ count: 1 });
  simulator.say(channel.channelId, stranger, "hello");
  await world.push(stranger, "within");
  simulator.advanceClock(7 * 86_400_000);
  await world.push(stranger, "after");
  expect(simulator.ledger.summary()).toMatchObject({ accepted: 2, delivered: 1 });
});

it("refuses a push to a malformed id, and to one the channel's provider never saw", async () => {
  await using world = await setup();
  const { simulator } = world;
  const [foreign = ""] = simulator.addPeople({ provider: "other", count: 1 });
  for (const to of ["", "U123", `U${"A".repeat(32)}`, 7, null, undefined, [foreign]]) {
    const { status, json } = await world.push(to, "x");
    expect([status, json["message"]]).toEqual([
      400,
      "The property, 'to', in the request body is invalid (line: -, column: -)",
    ]);
  }
  for (const to of [foreign, `U${"0".repeat(32)}`, `C${"0".repeat(32)}`, `R${"0".repeat(32)}`]) {
    expect((await world.push(to, "x")).json).toEqual({ message: "Failed to send messages" });
  }
  expect(simulator.ledger.summary().acceptedCalls).toBe(0);
});

it("says what is wrong with a message", async () => {
  await using world = await setup();
  const { status, json } = await world.push(world.friends[0], "");
  expect(status).toBe(400);
  expect(json).toEqual({
    message: "The request body has 1 error(s)",
    details: [{ message: "May not be empty", property: "messages[0].text" }],
  });
});

it("multicasts to all or, with one malformed id, to nobody", async () => {
  await using world = await setup();
  const { simulator, friends } = world;
  const multicast = (to: unknown) =>
    world.post("/v2/bot/message/multicast", { to, messages: text("[[all]]") });
  expect((await multicast([friends[0], "U1", friends[1]])).json).toEqual({
    message: "The property, to[1], in the request body is invalid (line: -, column: -)",
  });
  for (const to of [[], Array.from({ length: 501 }, () => friends[0]), "x", undefined]) {
    expect((await multicast(to)).status).toBe(400);
  }
  expect(simulator.ledger.summary().accepted).toBe(0);
  const unknown = `U${"0".repeat(32)}`;
  const good = await multicast([...friends, unknown]);
  expect([good.status, good.text]).toEqual([200, "{}"]);
  expect(simulator.ledger.summary()).toMatchObject({ accepted: 6, delivered: 5, duplicates: 0 });
  expect([...simulator.ledger.recipients("all").values()]).toEqual([1, 1, 1, 1, 1, 1]);
});

it("refuses a multicast with an unknown id when it is told to be that strict", async () => {
  await using world = await setup({ multicastUnknown: "refuse" });
  const to = [world.friends[0], `U${"0".repeat(32)}`];
  const refused = await world.post("/v2/bot/message/multicast", { to, messages: text("x") });
  expect([refused.status, refused.json["message"]]).toEqual([400, "Failed to send messages"]);
  expect(world.simulator.ledger.summary().accepted).toBe(0);
});

it("broadcasts to every friend", async () => {
  await using world = await setup();
  const { simulator, channel, friends } = world;
  simulator.block(channel.channelId, friends[4]);
  await world.post("/v2/bot/message/broadcast", { messages: text("[[b]]") });
  expect([...simulator.ledger.recipients("b").keys()]).toEqual(friends.slice(0, 4));
});

it("takes one well-formed aggregation unit", async () => {
  await using world = await setup();
  const send = (customAggregationUnits: unknown) =>
    world.post("/v2/bot/message/push", {
      to: world.friends[0],
      messages: text("x"),
      customAggregationUnits,
    });
  expect((await send(["promo_1"])).status).toBe(200);
  for (const units of [["a", "b"], ["no blanks"], ["x".repeat(31)], [""], "promo"]) {
    expect((await send(units)).status).toBe(400);
  }
});

it("limits calls per channel and endpoint, and says so", async () => {
  await using world = await setup({}, { rates: { push: { limit: 3, perMs: 3_600_000 } } });
  const statuses: number[] = [];
  for (let n = 0; n < 5; n += 1) statuses.push((await world.push(world.friends[0], `${n}`)).status);
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  const { json } = await world.push(world.friends[0], "x");
  expect(json["message"]).toBe("The API rate limit has been exceeded. Try again later.");
  expect((await world.call("GET", "/v2/bot/info")).status).toBe(200);
  expect(world.simulator.ledger.summary().share429).toBe(0.5);
});

it("stops at the monthly limit, counting those who get it and no replies", async () => {
  await using world = await setup({}, { plan: { type: "limited", value: 5 } });
  const { simulator, channel, friends } = world;
  simulator.block(channel.channelId, friends[4]);
  const multicast = () =>
    world.post("/v2/bot/message/multicast", { to: friends, messages: text("x") });
  expect((await multicast()).status).toBe(200);
  expect((await world.call("GET", "/v2/bot/message/quota/consumption")).json).toEqual({
    totalUsage: 4,
  });
  const second = await multicast();
  expect([second.status, second.json["message"]]).toEqual([
    429,
    "You have reached your monthly limit.",
  ]);
  expect((await world.push(friends[0], "last")).status).toBe(200);
  expect((await world.push(friends[0], "beyond")).status).toBe(429);
  const { replyToken } = simulator.say(channel.channelId, friends[0], "hi");
  const reply = await world.post("/v2/bot/message/reply", { replyToken, messages: text("free") });
  expect(reply.status).toBe(200);
  expect((await world.call("GET", "/v2/bot/message/quota")).json).toEqual({
    type: "limited",
    value: 5,
  });
});

it("replies once, within the minute, by the channel that was written to", async () => {
  await using world = await setup();
  const { simulator, channel, friends } = world;
  const other = simulator.addChannel();
  const reply = async (replyToken: unknown, headers = {}) => {
    const body = { replyToken, messages: text("[[r]]") };
    return (await world.post("/v2/bot/message/reply", body, headers)).status;
  };
  const said = simulator.say(channel.channelId, friends[0], "hi");
  const elsewhere = simulator.say(other.channelId, friends[0], "hi");
  expect(await reply(said.replyToken, { "x-line-retry-key": key() })).toBe(400);
  expect(await reply(said.replyToken)).toBe(200);
  expect(await reply(said.replyToken)).toBe(400);
  expect(await reply(elsewhere.replyToken)).toBe(400);
  expect(await reply(undefined)).toBe(400);
  const late = simulator.say(channel.channelId, friends[0], "hi");
  simulator.advanceClock(20 * 60_000);
  expect(await reply(late.replyToken)).toBe(400);
  expect(simulator.ledger.recipients("r").get(friends[0])).toBe(1);
});

it("pushes to a group the account is in, at the price of its members", async () => {
  await using world = await setup();
  const { simulator, channel, friends } = world;
  const { groupId } = simulator.groups.join(channel.channelId, friends.slice(0, 3));
  expect((await world.push(groupId, "x")).status).toBe(200);
  expect(simulator.ledger.summary().delivered).toBe(3);
  simulator.groups.leave(channel.channelId, groupId);
  expect((await world.push(groupId, "x")).status).toBe(400);
});

it("tells a day's deliveries on the day after", async () => {
  await using world = await setup();
  const { simulator, friends } = world;
  await world.push(friends[0], "x");
  const day = new Date(simulator.now() + 9 * 3_600_000)
    .toISOString()
    .slice(0, 10)
    .replaceAll("-", "");
  const count = async () =>
    (await world.call("GET", `/v2/bot/message/delivery/push?date=${day}`)).json;
  expect(await count()).toEqual({ status: "unready" });
  simulator.advanceClock(86_400_000);
  expect(await count()).toEqual({ status: "ready", success: 1 });
});

it("serves a picture until it is taken back", async () => {
  await using world = await setup();
  const { simulator, channel, friends } = world;
  const { message } = simulator.sendImage(channel.channelId, friends[0]);
  const get = () => world.call("GET", `/v2/bot/message/${message.id}/content`);
  const picture = await get();
  expect([picture.status, picture.headers.get("content-type")]).toEqual([200, "image/png"]);
  simulator.unsend(channel.channelId, friends[0], message.id);
  expect((await get()).status).toBe(410);
  expect((await world.call("GET", "/v2/bot/message/1/content")).status).toBe(404);
});
