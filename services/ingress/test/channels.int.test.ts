import { createSimulator, type ChannelView as LineChannel, type Simulator } from "@yubin/simulator";
import type { ChannelView, HealthCheck } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  addChannel,
  addKey,
  callApi,
  jsonOf,
  named,
  lineEvent,
  postWebhook,
  startTestIngress,
  verdict,
  type TestChannel,
  type TestIngress,
} from "./setup.ts";

const line: Simulator = createSimulator();
let ingress: TestIngress;
let aheadMs = 0;
beforeAll(async () => {
  await line.start();
  ingress = await startTestIngress({
    env: { LINE_API_BASE_URL: line.url },
    now: () => new Date(Date.now() + aheadMs),
  });
});
afterAll(async () => {
  await ingress[Symbol.asyncDispose]();
  await line.stop();
});

const byToken = (account: LineChannel, over: Record<string, unknown> = {}) => ({
  channelAccessToken: account.accessToken,
  channelSecret: account.channelSecret,
  provider: "main",
  ...over,
});
const post = (body: unknown, options: Parameters<typeof callApi>[3] = {}): Promise<Response> =>
  callApi(ingress, ["POST", "/v1/channels"], body, options);
const get = (path: string): Promise<Response> => callApi(ingress, ["GET", `/v1/channels${path}`]);
const rotate = (id: string, body: unknown): Promise<Response> =>
  callApi(ingress, ["POST", `/v1/channels/${id}/credentials`], body);
const connected = async (account: LineChannel): Promise<ChannelView> => {
  const res = await post(byToken(account));
  expect(res.status).toBe(201);
  return jsonOf(res);
};
const verdicts = (health: readonly HealthCheck[]): Record<string, string> =>
  Object.fromEntries(health.map(({ check, status }) => [check, status]));
/** How webhooks of this account are signed, for `postWebhook`. */
const signer = (view: ChannelView, secret: string): TestChannel => ({
  id: view.id,
  botUserId: view.botUserId,
  secret,
  workspaceId: "ws_main",
});
const allWell = {
  token: "ok",
  secret: "ok",
  webhook_set: "ok",
  webhook_active: "ok",
  webhook_test: "ok",
  auto_reply: "ok",
  quota: "ok",
  webhook_redelivery: "warn",
};

describe("POST /v1/channels", () => {
  it.each([
    ["a token", byToken],
    [
      "id and secret, for tokens that live for minutes",
      ({ channelId, channelSecret }: LineChannel) => ({
        channelId,
        channelSecret,
        provider: "main",
      }),
    ],
  ])("connects a channel by %s, sets its webhook and tries it", async (_how, bodyOf) => {
    const account = line.addChannel({ displayName: "ゆびん 🍵" });
    const res = await post(bodyOf(account));
    expect(res.status).toBe(201);
    const view = await jsonOf<ChannelView>(res);
    expect(view).toEqual({
      id: expect.stringMatching(/^chan_[0-9a-f]{32}$/),
      name: "ゆびん 🍵",
      loginChannelId: null,
      limits: { push: 2_000, multicast: 200 },
      provider: "main",
      botUserId: account.botUserId,
      basicId: account.basicId,
      state: "connected",
      stateReason: null,
      webhookUrl: `${ingress.url}/inbound/line`,
      health: expect.any(Array),
      createdAt: expect.stringMatching(/Z$/),
    });
    expect(verdicts(view.health)).toEqual(allWell);
    for (const { status, action, message } of view.health) {
      expect(message).not.toBe("");
      expect(action === null).toBe(status === "ok");
    }
    expect(line.channel(account.channelId).webhookUrl).toBe(view.webhookUrl);
    expect(await jsonOf(get(`/${view.id}`))).toEqual(view);
    expect((await jsonOf<{ data: unknown[] }>(get("?limit=200"))).data).toContainEqual(view);
    const webhook = postWebhook(ingress, signer(view, account.channelSecret), [lineEvent()]);
    expect(await verdict(webhook)).toBe("200");
  });

  it("keeps credentials sealed, and shows and logs none", async () => {
    const account = line.addChannel();
    const view = await connected(account);
    const row = await ingress.store.channels.findOne({ _id: view.id });
    for (const secret of [account.accessToken, account.channelSecret]) {
      expect(JSON.stringify(row)).not.toContain(secret);
      expect(await (await get(`/${view.id}`)).text()).not.toContain(secret);
      expect(ingress.logged.join("\n")).not.toContain(secret);
    }
  });

  it("says what is to be done where a channel is not all right", async () => {
    const account = line.addChannel({
      webhookActive: false,
      chatMode: "chat",
      plan: { type: "limited", value: 0 },
      webhookUrl: "https://elsewhere.example/hook",
    });
    const res = await post(byToken(account, { setWebhook: false, name: " Ours " }));
    const view = await jsonOf<ChannelView>(res);
    expect(view.name).toBe("Ours");
    const { webhook_test: _untested, ...tested } = allWell;
    expect(verdicts(view.health)).toEqual({
      ...tested,
      webhook_set: "fail",
      webhook_active: "fail",
      auto_reply: "warn",
      quota: "fail",
    });
    expect(line.channel(account.channelId).webhookUrl).toBe("https://elsewhere.example/hook");
  });

  it("connects a LINE channel once, whoever asks and however many at once", async () => {
    const account = line.addChannel();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => verdict(post(byToken(account)))),
    );
    expect(answers.toSorted()).toEqual(["201", ...Array<string>(4).fill("409 channel_taken")]);
    const stranger = await addKey(ingress, { workspaceId: "ws_b" });
    expect(await verdict(post(byToken(account), { key: stranger }))).toBe("409 channel_taken");
  });

  it("answers again under one Idempotency-Key what it answered before", async () => {
    const account = line.addChannel();
    const options = { headers: { "idempotency-key": "connect-1" } };
    const first = await (await post(byToken(account), options)).text();
    expect(await (await post(byToken(account), options)).text()).toBe(first);
    expect(JSON.parse(first)).toMatchObject({ botUserId: account.botUserId });
  });

  it("takes over what a crash has left half connected, but nobody who is at it", async () => {
    const account = line.addChannel();
    const left = await addChannel(ingress, { botUserId: account.botUserId });
    const leave = (createdAt: Date) =>
      ingress.store.channels.updateOne(
        { _id: left.id },
        { $set: { state: "stopped", stateReason: "connecting", createdAt } },
      );
    await leave(new Date());
    expect(await verdict(post(byToken(account)))).toBe("409 channel_taken");
    await leave(new Date(Date.now() - 120_000));
    const view = await connected(account);
    expect(view.id).not.toBe(left.id);
    expect(await verdict(get(`/${left.id}`))).toBe("404 not_found");
  });

  const well = { channelSecret: "0".repeat(32), provider: "main" };
  const token = "t".repeat(40);
  it.each(
    named([
      [{}, "400 request_invalid channelSecret"],
      [well, "400 request_invalid"],
      [{ ...well, channelAccessToken: token }, "422 token_invalid channelAccessToken"],
      [{ ...well, channelAccessToken: `${token}\r\nx: y` }, "422 token_invalid channelAccessToken"],
      [{ ...well, channelAccessToken: "t".repeat(10_000) }, "422 token_invalid channelAccessToken"],
      [{ ...well, channelAccessToken: "ト".repeat(40) }, "422 token_invalid channelAccessToken"],
      [{ ...well, channelAccessToken: null }, "422 token_invalid channelAccessToken"],
      [{ ...well, channelId: "2000999999" }, "422 secret_invalid channelSecret"],
      [{ ...well, channelId: "x" }, "400 request_invalid channelId"],
      [{ ...well, channelId: 2_000_000_001 }, "400 type_invalid channelId"],
      [{ ...well, channelSecret: "short" }, "422 secret_invalid channelSecret"],
      [{ ...well, channelSecret: ["0".repeat(32)] }, "422 secret_invalid channelSecret"],
      [{ ...well, provider: "a b" }, "400 request_invalid provider"],
      [{ ...well, provider: "../x" }, "400 request_invalid provider"],
      [{ ...well, provider: "p".repeat(65) }, "400 request_invalid provider"],
      [{ ...well, name: " " }, "400 request_invalid name"],
      [{ ...well, name: "n".repeat(101) }, "422 limit_exceeded name"],
      [{ ...well, setWebhook: "yes" }, "400 type_invalid setWebhook"],
      [{ ...well, webhookUrl: "https://evil.example" }, "400 unknown_field webhookUrl"],
      [{ ...well, apiBaseUrl: "https://evil.example" }, "400 unknown_field apiBaseUrl"],
    ]),
  )("refuses %s", async (_body, body, expected) => {
    expect(await verdict(post(body))).toBe(expected);
  });

  it("refuses a token and a secret that do not belong together", async () => {
    const [one, other] = [line.addChannel(), line.addChannel()];
    expect(await verdict(post(byToken(one, { channelSecret: other.channelSecret })))).toBe(
      "422 secret_invalid channelSecret",
    );
    expect(await verdict(post(byToken(one, { channelId: other.channelId })))).toBe(
      "422 token_invalid channelAccessToken",
    );
  });
});

describe("what LINE may answer while a channel is connected", () => {
  it.each([
    ["info", "garbage200", "503 line.unavailable"],
    ["info", "hugeBody", "503 line.unavailable"],
    ["info", "redirect302", "503 line.unavailable"],
    ["info", "error500Before", "503 line.unavailable"],
    ["info", "resetBefore", "503 line.unavailable"],
    ["info", "rate429", "503 line.rate_limited"],
    ["webhookSet", "error500Before", "503 line.unavailable"],
    ["webhookSet", "redirect302", "503 line.unavailable"],
  ] as const)("%s with %s ends it, and leaves nothing behind", async (endpoint, kind, expected) => {
    const account = line.addChannel();
    line.faults.next({ endpoint, kind, channelId: account.channelId, count: 20 });
    expect(await verdict(post(byToken(account)))).toBe(expected);
    line.faults.clear();
    const { botUserId } = account;
    expect(await ingress.store.channels.countDocuments({ botUserId })).toBe(0);
    await connected(account);
  });

  it.each(["webhookGet", "webhookTest", "quota", "consumption"] as const)(
    "%s with trouble is a warning and no more",
    async (endpoint) => {
      const account = line.addChannel();
      line.faults.next({ endpoint, kind: "garbage200", channelId: account.channelId, count: 20 });
      const { state, health } = await connected(account);
      line.faults.clear();
      expect(state).toBe("connected");
      expect(Object.values(verdicts(health)).filter((status) => status === "warn")).toHaveLength(2);
    },
  );

  it("is cut to what a name can be, and not read at all where it is endless", async () => {
    const loud = line.addChannel({ displayName: `<script>\u0007${"x".repeat(10_000)}` });
    expect((await connected(loud)).name).toBe(`<script>${"x".repeat(91)}`);
    const endless = line.addChannel({ displayName: "x".repeat(1_000_000) });
    expect(await verdict(post(byToken(endless)))).toBe("503 line.unavailable");
  });

  it("is nothing at all where LINE is away", async () => {
    await using alone = await startTestIngress();
    const body = byToken(line.addChannel());
    expect(await verdict(callApi(alone, ["POST", "/v1/channels"], body))).toBe(
      "503 line.unavailable",
    );
  });
});

describe("GET /v1/channels/:id/health", () => {
  const health = async (id: string): Promise<Record<string, string>> =>
    verdicts((await jsonOf<{ data: HealthCheck[] }>(get(`/${id}/health`))).data);

  it("asks LINE again after a minute, and not before", async () => {
    const account = line.addChannel();
    const { id } = await connected(account);
    expect(await health(id)).toEqual(allWell);
    line.updateChannel(account.channelId, { webhookActive: false, chatMode: "chat" });
    line.revokeToken(account.accessToken);
    expect(await health(id)).toEqual(allWell);
    aheadMs += 61_000;
    const refused = { token: "fail", webhook_set: "fail", webhook_test: "fail" };
    const { webhook_active: _unasked, ...others } = allWell;
    expect(await health(id)).toEqual({
      ...others,
      ...refused,
      auto_reply: "fail",
      quota: "fail",
    });
    const renewed = line.rotateToken(account.channelId);
    expect(await verdict(rotate(id, { channelAccessToken: renewed }))).toBe("200");
    aheadMs += 61_000;
    expect(await health(id)).toEqual({
      ...allWell,
      webhook_active: "fail",
      auto_reply: "warn",
    });
  });
});

it("does not call a token good that LINE has refused for a message", async () => {
  const { id } = await connected(line.addChannel());
  await ingress.store.channels.updateOne(
    { _id: id },
    { $set: { state: "stopped", stateReason: "line_unauthorized", updatedAt: new Date() } },
  );
  const views = [
    (await jsonOf<{ health: HealthCheck[] }>(get(`/${id}`))).health,
    (await jsonOf<{ data: HealthCheck[] }>(get(`/${id}/health`))).data,
  ];
  for (const health of views)
    expect(health.filter(({ check }) => check === "token")).toEqual([
      {
        check: "token",
        status: "fail",
        message: expect.stringContaining("line_unauthorized"),
        action: expect.stringContaining("credentials"),
      },
    ]);
});

it("goes on to say why nothing is sent, also once LINE was asked again", async () => {
  const account = line.addChannel();
  const { id } = await connected(account);
  line.revokeToken(account.accessToken);
  await ingress.store.channels.updateOne(
    { _id: id },
    { $set: { state: "stopped", stateReason: "line_unauthorized" } },
  );
  for (let look = 0; look < 3; look += 1) {
    aheadMs += 61_000;
    const { data } = await jsonOf<{ data: HealthCheck[] }>(get(`/${id}/health`));
    const { health } = await jsonOf<ChannelView>(get(`/${id}`));
    for (const checks of [data, health])
      expect(checks.filter(({ check }) => check === "token")).toEqual([
        expect.objectContaining({ message: expect.stringContaining("for a message") }),
      ]);
  }
});

describe("POST /v1/channels/:id/credentials", () => {
  it("says how the channel is with them, and not how it was before", async () => {
    const account = line.addChannel();
    const { id } = await connected(account);
    line.revokeToken(account.accessToken);
    aheadMs += 61_000;
    const before = await jsonOf<{ data: HealthCheck[] }>(get(`/${id}/health`));
    expect(verdicts(before.data)).toMatchObject({ token: "fail", webhook_set: "fail" });
    await ingress.store.channels.updateOne(
      { _id: id },
      { $set: { state: "stopped", stateReason: "line_unauthorized" } },
    );
    const channelAccessToken = line.rotateToken(account.channelId);
    const rotated = await jsonOf<ChannelView>(rotate(id, { channelAccessToken }));
    expect(rotated).toMatchObject({ state: "connected", stateReason: null });
    expect(verdicts(rotated.health)).toEqual(allWell);
    expect(await jsonOf(get(`/${id}`))).toEqual(rotated);
    expect(await jsonOf(get(`/${id}/health`))).toEqual({ data: rotated.health });
  });

  it("takes a new secret, and webhooks signed with the old one for an hour", async () => {
    const account = line.addChannel();
    const view = await connected(account);
    const renewed = line.reissueSecret(account.channelId);
    const by = (secret: string) =>
      verdict(postWebhook(ingress, signer(view, secret), [lineEvent()]));
    expect(await by(account.channelSecret)).toBe("200");
    expect(await by(renewed)).toBe("401 signature_invalid");

    const res = await rotate(view.id, { channelSecret: renewed });
    expect([res.status, await res.json()]).toEqual([200, view]);
    expect([await by(renewed), await by(account.channelSecret)]).toEqual(["200", "200"]);
    aheadMs += 3_601_000;
    expect([await by(renewed), await by(account.channelSecret)]).toEqual([
      "200",
      "401 signature_invalid",
    ]);
  });

  it("lets a channel go on that was stopped", async () => {
    const account = line.addChannel();
    const { id } = await connected(account);
    await ingress.store.channels.updateOne(
      { _id: id },
      { $set: { state: "stopped", stateReason: "auth" } },
    );
    expect(await jsonOf(get(`/${id}`))).toMatchObject({ state: "stopped", stateReason: "auth" });
    const channelAccessToken = line.rotateToken(account.channelId);
    expect(await jsonOf(rotate(id, { channelAccessToken }))).toMatchObject({
      id,
      state: "connected",
      stateReason: null,
    });
  });

  it("changes nothing for credentials that LINE refuses or that are another channel's", async () => {
    const [account, other] = [line.addChannel(), line.addChannel()];
    const { id } = await connected(account);
    const before = await ingress.store.channels.findOne({ _id: id });
    for (const [body, expected] of [
      [{}, "400 request_invalid"],
      [{ channelSecret: other.channelSecret }, "422 secret_invalid channelSecret"],
      [{ channelAccessToken: other.accessToken }, "422 token_invalid channelAccessToken"],
      [{ channelAccessToken: "t".repeat(40) }, "422 token_invalid channelAccessToken"],
      [{ channelAccessToken: "short" }, "422 token_invalid channelAccessToken"],
      [{ channelSecret: null }, "422 secret_invalid channelSecret"],
      [{ provider: "other" }, "400 unknown_field provider"],
    ] as const)
      expect(await verdict(rotate(id, body))).toBe(expected);
    expect(await ingress.store.channels.findOne({ _id: id })).toEqual(before);
  });
});

it("knows no channel by another name, and no method that is not there", async () => {
  for (const path of ["/chan_x", "/$ne", "/%00", "/chan_x/health", "/chan_x/metrics"])
    expect(await verdict(get(path))).toBe("404 not_found");
  const res = await callApi(ingress, ["PUT", "/v1/channels"], {});
  expect([res.headers.get("allow"), await verdict(res)]).toEqual([
    "POST, GET",
    "405 method_not_allowed",
  ]);
});

describe("GET /v1/channels/:id/quota", () => {
  const quota = (id: string): Promise<Response> => get(`/${id}/quota`);

  it("tells what LINE allows and has counted, and what launched campaigns will need", async () => {
    const account = line.addChannel({ provider: "main", plan: { type: "limited", value: 1_000 } });
    const { id } = await connected(account);
    expect(await jsonOf(quota(id))).toMatchObject({
      limit: 1_000,
      used: 0,
      reserved: 0,
      waiting: 0,
      left: 1_000,
      isShort: false,
    });

    const draft = { name: "Spring", channelId: id, audience: { type: "friends" } };
    const content = { messages: [{ type: "text", text: "hello" }] };
    const { id: campaignId } = await jsonOf<{ id: string }>(
      callApi(ingress, ["POST", "/v1/campaigns"], { ...draft, content }),
    );
    const counts = { audience: 990, queued: 990, accepted: 0, refused: 0 };
    await ingress.store.batches.insertOne({
      _id: `${campaignId}/000000`,
      workspaceId: "ws_main",
      campaignId,
      counts: { ...counts, skipped: 0, cancelled: 0, unknown: 0 },
    } as never);
    expect(await jsonOf(quota(id))).toMatchObject({ reserved: 0 }); // it is a draft
    await ingress.store.campaigns.updateOne({ _id: campaignId }, { $set: { state: "sending" } });
    const [friend = ""] = line.addPeople({ provider: "main", count: 1 });
    line.follow(account.channelId, [friend]);
    const push = await fetch(`${line.url}/v2/bot/message/push`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${account.accessToken}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ to: friend, messages: content.messages }),
    });
    expect(push.status).toBe(200);
    // Asked a moment ago.
    expect(await jsonOf(quota(id))).toMatchObject({ used: 0, reserved: 990, left: 10 });
    aheadMs += 61_000;
    const view = await jsonOf<{ forecast: number; isShort: boolean }>(quota(id));
    expect(view).toMatchObject({ used: 1, reserved: 990, left: 9 });
    expect(view.forecast).toBeGreaterThanOrEqual(991);
    expect(view.isShort).toBe(view.forecast > 1_000);
  });

  it("tells of campaigns that wait for the quota what they still want of it", async () => {
    const account = line.addChannel({ provider: "main", plan: { type: "limited", value: 1_000 } });
    const { id } = await connected(account);
    const counted = { run: 1, needed: 0, left: 0, at: new Date(), through: 0, room: null };
    const add = async (
      people: { queued: number; accepted: number },
      allowance: { choice: "stop" | "hold" | "trim"; people: number | null },
    ): Promise<void> => {
      const { id: campaignId } = await jsonOf<{ id: string }>(
        callApi(ingress, ["POST", "/v1/campaigns"], {
          name: "Spring",
          channelId: id,
          audience: { type: "friends" },
          content: { messages: [{ type: "text", text: "hello" }] },
        }),
      );
      const ends = { refused: 0, skipped: 0, cancelled: 0, unknown: 0 };
      const counts = { audience: people.queued + people.accepted, ...people, ...ends };
      const row = { _id: `${campaignId}/000000`, workspaceId: "ws_main", campaignId, counts };
      await ingress.store.batches.insertOne(row as never);
      const set = {
        state: "paused",
        allowance: { ...counted, ...allowance, trims: false },
      } as const;
      await ingress.store.campaigns.updateOne({ _id: campaignId }, { $set: set });
    };
    await add({ queued: 130, accepted: 20 }, { choice: "hold", people: 50 });
    await add({ queued: 300, accepted: 0 }, { choice: "stop", people: 0 });
    // Who is over is left out, and waits for nothing.
    await add({ queued: 70, accepted: 0 }, { choice: "trim", people: 5 });
    await add({ queued: 7, accepted: 0 }, { choice: "stop", people: null });
    expect(await jsonOf(quota(id))).toMatchObject({
      reserved: 30 + 5 + 7,
      waiting: 100 + 300,
      left: 1_000 - 42,
      forecast: 442,
      isShort: false,
    });
  });

  it("tells what LINE said last while LINE does not answer, and fails where it never did", async () => {
    const account = line.addChannel({ provider: "main", plan: { type: "limited", value: 50 } });
    const { id } = await connected(account);
    expect(await jsonOf(quota(id))).toMatchObject({ limit: 50 });
    await ingress.store.channels.updateOne({ _id: id }, { $set: { sealedToken: "broken" } });
    aheadMs += 61_000;
    expect(await jsonOf(quota(id))).toMatchObject({ limit: 50 });
    expect(await verdict(quota("chan_0"))).toBe("404 not_found");
  });
});
