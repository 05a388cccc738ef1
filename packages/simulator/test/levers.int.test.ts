import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { startBotServer } from "./bot-server.ts";
import { setup } from "./setup.ts";
import type { Setup } from "./setup.ts";

/** Pulls a lever over HTTP. */
async function pull(world: Pick<Setup, "simulator">, request: string, body?: unknown) {
  const [method = "GET", path = ""] = request.split(" ");
  const answer = await fetch(`${world.simulator.url}/_sim${path}`, {
    method,
    ...(body !== undefined && {
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
}

it("tells a visitor what this is", async () => {
  await using world = await setup();
  const hint = await world.call("GET", "/", { token: null });
  expect([hint.status, hint.text.split("\n")[0]]).toEqual([200, "This is a stand-in for LINE."]);
});

it("plays a whole story over HTTP", async () => {
  await using bot = await startBotServer();
  await using world = await setup();
  const made = await pull(world, "POST /channels", {
    displayName: "Shop",
    provider: "acme",
    webhookUrl: bot.url,
    plan: { type: "limited", value: 100 },
    rates: { push: { limit: 50, perMs: 1_000 } },
    delivery: { copiesMax: 2 },
  });
  expect(made.status).toBe(201);
  const { channelId, accessToken } = made.json as { channelId: string; accessToken: string };

  const people = await pull(world, "POST /people", { provider: "acme", count: 20 });
  expect(people.json).toMatchObject({ first: 0, count: 20 });
  const userIds = people.json["userIds"] as string[];
  const followed = await pull(world, `POST /channels/${channelId}/follow`, { from: 5, count: 10 });
  expect([followed.status, followed.json]).toEqual([202, { events: 10 }]);
  await pull(world, `POST /channels/${channelId}/block`, { userIds: [userIds[5]] });
  const settled = await pull(world, `GET /webhooks/settled?channelId=${channelId}`);
  expect(settled.json).toMatchObject({ settled: true, events: 11, delivered: 11 });
  expect((await pull(world, `GET /channels/${channelId}`)).json).toMatchObject({
    friends: 9,
    blocked: 1,
  });
  const friendship = await pull(world, `GET /channels/${channelId}/friendship/${userIds[5]}`);
  expect(friendship.json).toEqual({ friendship: "blocked" });

  const pushed = await world.call("POST", "/v2/bot/message/push", {
    token: accessToken,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ to: userIds[6], messages: [{ type: "text", text: "hi [[m1]]" }] }),
  });
  expect(pushed.status).toBe(200);
  expect((await pull(world, `GET /ledger?channelId=${channelId}`)).json).toMatchObject({
    accepted: 1,
    duplicates: 0,
    endpoints: { push: { attempted: 1, answers: { "200": 1 } } },
  });
  expect((await pull(world, "GET /ledger/recipients?marker=m1")).json).toEqual({
    [userIds[6] ?? ""]: 1,
  });
  expect((await pull(world, `GET /ledger/received?to=${userIds[6]}`)).json).toEqual({ m1: 1 });
  const requests = await pull(world, `GET /ledger/requests?to=${userIds[6]}`);
  expect(requests.json["data"]).toMatchObject([{ endpoint: "push", body: { to: userIds[6] } }]);
  expect((await pull(world, "GET /ledger/markers?prefix=m")).json["data"]).toHaveLength(1);
});

it("lets a person act in every way", async () => {
  await using bot = await startBotServer();
  await using world = await setup({ delivery: { batchMax: 1, concurrency: 1 } });
  const { channel, friends, simulator } = world;
  const at = `/channels/${channel.channelId}`;
  await pull(world, `PATCH ${at}`, { webhookUrl: bot.url });
  const said = await pull(world, `POST ${at}/say`, { userId: friends[0], text: "hi" });
  const { id: messageId } = said.json["message"] as { id: string };
  await pull(world, `POST ${at}/unsend`, { userId: friends[0], messageId });
  await pull(world, `POST ${at}/image`, { userId: friends[0] });
  await pull(world, `POST ${at}/postback`, {
    userId: friends[0],
    data: "d",
    params: { date: "2026-01-01" },
  });
  const issued = await world.call("POST", `/v2/bot/user/${friends[0]}/linkToken`);
  await pull(world, `POST ${at}/account-link`, { userId: friends[0], nonce: "n", ...issued.json });
  const group = await pull(world, `POST ${at}/groups`, { members: [friends[0]] });
  const { groupId } = group.json as { groupId: string };
  await pull(world, `POST ${at}/groups/${groupId}/members-joined`, { members: [friends[1]] });
  await pull(world, `POST ${at}/groups/${groupId}/members-left`, { members: [friends[1]] });
  await pull(world, `POST ${at}/say`, { userId: friends[0], text: "all", groupId });
  await pull(world, `POST ${at}/groups/${groupId}/leave`);
  await pull(world, `POST ${at}/event`, { type: "botSuspended", mode: "standby" });
  await simulator.webhooks.settled();
  expect(bot.events().map(({ type }) => type)).toEqual([
    "message",
    "unsend",
    "message",
    "postback",
    "accountLink",
    "join",
    "memberJoined",
    "memberLeft",
    "message",
    "leave",
    "botSuspended",
  ]);
  const log = await pull(world, "GET /webhooks/log");
  expect(log.json["data"]).toHaveLength(11);
});

it("changes people, credentials, faults and time", async () => {
  await using world = await setup();
  const { channel, friends } = world;
  const at = `/channels/${channel.channelId}`;
  const shown = { displayName: "新しい名前" };
  await pull(world, `PATCH /people/provider-1/${friends[0]}`, shown);
  expect((await pull(world, `GET /people/provider-1/${friends[0]}`)).json).toMatchObject(shown);
  expect((await pull(world, "GET /people/provider-1?from=3&limit=9")).json).toMatchObject({
    total: 5,
    data: [{ userId: friends[3] }, { userId: friends[4] }],
  });
  await pull(world, `DELETE /people/provider-1/${friends[0]}`);
  expect((await world.call("GET", `/v2/bot/profile/${friends[0]}`)).status).toBe(404);

  const { accessToken } = (await pull(world, `POST ${at}/rotate-token`, { overlapMs: 0 })).json;
  expect((await world.call("GET", "/v2/bot/info")).status).toBe(401);
  const token = accessToken as string;
  expect((await world.call("GET", "/v2/bot/info", { token })).status).toBe(200);
  await pull(world, "POST /revoke-token", { accessToken });
  expect((await world.call("GET", "/v2/bot/info", { token })).status).toBe(401);
  const { channelSecret } = (await pull(world, `POST ${at}/reissue-secret`)).json;
  expect(channelSecret).not.toBe(channel.channelSecret);

  const rules = [{ kind: "slow", endpoint: "push", rate: 0.5, latencyMs: 5 }];
  expect((await pull(world, "PUT /faults", { rules })).json).toEqual({ rated: rules, next: [] });
  await pull(world, "POST /faults/next", { kind: "hang", count: 2 });
  expect((await pull(world, "GET /faults")).json["next"]).toMatchObject([
    { kind: "hang", count: 2 },
  ]);
  await pull(world, "DELETE /faults");
  expect((await pull(world, "GET /faults")).json).toEqual({ rated: [], next: [] });

  const before = world.simulator.now();
  await pull(world, "POST /clock", { advanceMs: 3_600_000 });
  expect(world.simulator.now() - before).toBeGreaterThanOrEqual(3_600_000);
  await pull(world, "POST /reset");
  expect((await pull(world, "GET /channels")).json).toEqual({ data: [] });
});

it("names what is wrong with a pull, and never breaks", async () => {
  await using world = await setup();
  const at = `/channels/${world.channel.channelId}`;
  const wrong: [string, unknown, number][] = [
    ["GET /nothing", undefined, 404],
    ["GET /channels/77", undefined, 404],
    ["POST /channels/77/follow", { count: 1 }, 404],
    [`POST ${at}/say`, { userId: "U0", text: "x" }, 404],
    [`POST ${at}/groups/C0/leave`, {}, 404],
    ["POST /channels", { channelId: world.channel.channelId }, 400],
    ["POST /channels", { colour: "red" }, 400],
    ["POST /channels", { plan: { type: "limited" } }, 400],
    ["POST /channels", { webhookUrl: "nowhere" }, 400],
    ["POST /people", { count: 1e12 }, 400],
    [`POST ${at}/follow`, { userIds: ["U0"], count: 1 }, 400],
    ["PUT /faults", { rules: [{ kind: "fire", rate: 1 }] }, 400],
    ["PUT /faults", { rules: [{ kind: "slow", rate: 2 }] }, 400],
    ["POST /clock", { advanceMs: -1 }, 400],
    ["PUT /webhooks/balance", { origin: "x", targets: [] }, 400],
    ["GET /ledger/recipients", undefined, 400],
  ];
  for (const [request, body, status] of wrong) {
    const answer = await pull(world, request, body);
    expect([request, answer.status]).toEqual([request, status]);
    expect(answer.json["error"]).toMatchObject({ message: expect.any(String) as string });
  }
  const { status } = await fetch(`${world.simulator.url}/_sim/people`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{",
  });
  expect(status).toBe(400);
});

it("runs as a process and ends when told to", { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, [new URL("../src/main.ts", import.meta.url).pathname], {
    env: { PATH: process.env["PATH"], PORT: "0", SIM_SEED: "7" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const url = /http:\S+?(?=,)/.exec(line.toString())?.[0] ?? "";
    const channels = await fetch(`${url}/_sim/channels`);
    expect(await channels.json()).toEqual({ data: [] });
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  } finally {
    child.kill("SIGKILL");
  }
});
