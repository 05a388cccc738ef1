import { expect, it } from "vitest";
import { setup } from "./setup.ts";

const key = (): string => crypto.randomUUID();

it("answers a repeated key 409 with what was accepted, and sends nothing again", async () => {
  await using world = await setup();
  const retryKey = key();
  const first = await world.push(world.friends[0], "[[m]]", retryKey);
  const again = await world.push(world.friends[0], "[[m]]", retryKey.toUpperCase());
  expect(again.status).toBe(409);
  expect(again.json).toEqual({
    message: "The retry key is already accepted",
    sentMessages: first.json["sentMessages"],
  });
  expect(again.headers.get("x-line-accepted-request-id")).toBe(
    first.headers.get("x-line-request-id"),
  );
  expect(again.headers.get("x-line-request-id")).not.toBe(first.headers.get("x-line-request-id"));
  expect(world.simulator.ledger.summary()).toMatchObject({ accepted: 1, sameKeyOtherBody: 0 });
});

it("answers 409 without messages for a multicast and a broadcast", async () => {
  await using world = await setup();
  for (const [path, to] of [
    ["multicast", { to: world.friends }],
    ["broadcast", {}],
  ] as const) {
    const body = { ...to, messages: [{ type: "text", text: path }] };
    const headers = { "x-line-retry-key": key() };
    await world.post(`/v2/bot/message/${path}`, body, headers);
    const again = await world.post(`/v2/bot/message/${path}`, body, headers);
    expect([again.status, again.json]).toEqual([
      409,
      { message: "The retry key is already accepted" },
    ]);
  }
});

it("counts another body under the same key, and still answers 409", async () => {
  await using world = await setup();
  const retryKey = key();
  await world.push(world.friends[0], "one", retryKey);
  expect((await world.push(world.friends[0], "two", retryKey)).status).toBe(409);
  expect((await world.push(world.friends[1], "one", retryKey)).status).toBe(409);
  expect(world.simulator.ledger.summary().sameKeyOtherBody).toBe(2);
});

it("keeps channels apart", async () => {
  await using world = await setup();
  const other = world.simulator.addChannel();
  const retryKey = key();
  await world.push(world.friends[0], "x", retryKey);
  const elsewhere = await world.call("POST", "/v2/bot/message/push", {
    token: other.accessToken,
    headers: { "content-type": "application/json", "x-line-retry-key": retryKey },
    body: JSON.stringify({ to: world.friends[0], messages: [{ type: "text", text: "x" }] }),
  });
  expect(elsewhere.status).toBe(200);
});

it("sends again under a key whose day is over, and counts that", async () => {
  // LINE's day is 86.4 s here, on a clock that moves only when told to.
  await using world = await setup({ timeScale: 1_000, now: () => 1_800_000_000_000 });
  const retryKey = key();
  await world.push(world.friends[0], "[[m]]", retryKey);
  world.simulator.advanceClock(86_400 - 1_000);
  expect((await world.push(world.friends[0], "[[m]]", retryKey)).status).toBe(409);
  world.simulator.advanceClock(1_000);
  expect((await world.push(world.friends[0], "[[m]]", retryKey)).status).toBe(200);
  expect((await world.push(world.friends[0], "[[m]]", retryKey)).status).toBe(409);
  expect(world.simulator.ledger.summary()).toMatchObject({ duplicates: 1, expiredKeySends: 1 });
});

it("does not use a key up on a request it refuses", async () => {
  await using world = await setup(
    {},
    { plan: { type: "limited", value: 1 }, rates: { push: { limit: 4, perMs: 3_600_000 } } },
  );
  const { simulator, channel, friends } = world;
  const retryKey = key();
  expect((await world.push(friends[0], "", retryKey)).status).toBe(400);
  await world.push(friends[0], "fills the plan");
  expect((await world.push(friends[0], "x", retryKey)).status).toBe(429);
  simulator.updateChannel(channel.channelId, { plan: { type: "none" } });
  simulator.faults.next({ kind: "error500Before", endpoint: "push" });
  expect((await world.push(friends[0], "x", retryKey)).status).toBe(500);
  expect((await world.push(friends[0], "x", retryKey)).status).toBe(429);
  simulator.advanceClock(3_600_000);
  expect((await world.push(friends[0], "x", retryKey)).status).toBe(200);
});

it("takes UUIDs alone, on the endpoints that know them alone", async () => {
  await using world = await setup();
  for (const wrong of ["", "1", key().replaceAll("-", ""), `${key()}x`]) {
    expect([wrong, (await world.push(world.friends[0], "x", wrong)).status]).toEqual([wrong, 400]);
  }
  const headers = { "x-line-retry-key": key() };
  expect((await world.call("GET", "/v2/bot/info", { headers })).status).toBe(400);
  const body = { messages: [{ type: "text", text: "x" }] };
  expect((await world.post("/v2/bot/message/validate/push", body, headers)).status).toBe(400);
});

it("takes one of many requests at once under the same key", async () => {
  await using world = await setup();
  const retryKey = key();
  const replies = await Promise.all(
    Array.from({ length: 20 }, () => world.push(world.friends[0], "[[m]]", retryKey)),
  );
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(replies.filter(({ status }) => status === 409)).toHaveLength(19);
  expect(world.simulator.ledger.recipients("m").get(world.friends[0])).toBe(1);
});
