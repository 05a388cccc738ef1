import type { LineLinkView, ProfileView } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { until } from "../stack/until.ts";
import {
  accountsOf,
  know,
  linkNow,
  makeLink,
  press,
  startLinkWorld,
  untilLink,
  type LinkWorld,
  type MadeLink,
} from "./link-world.ts";

let world: LinkWorld;
beforeAll(async () => {
  world = await startLinkWorld();
});
afterAll(() => world?.[Symbol.asyncDispose]());

let known = 0;
/** A person whom the business knows, and a LINE user who follows it and was not linked before. */
const newPair = async (): Promise<{ userId: string; lineUserId: string }> => {
  known += 1;
  const userId = `person-${known}`;
  const lineUserId = await newFriend();
  await know(world, userId);
  return { userId, lineUserId };
};
const newFriend = async (): Promise<string> => {
  const [lineUserId = ""] = world.simulator.addPeople({ count: 1, provider: "acme" });
  world.simulator.follow(world.line.channelId, lineUserId);
  await until(
    async () =>
      (await world.store.aliases.findOne({ value: lineUserId, kind: "line/acme" })) ?? undefined,
    { what: "a friend", everyMs: 20 },
  );
  return lineUserId;
};

const call = async (method: string, path: string, body?: unknown) => {
  const res = await fetch(`${world.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${world.apiKey}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: res.status, body: (await res.json()) as Record<string, unknown> };
};
const codeIn = async (answer: Promise<{ body: Record<string, unknown> }>): Promise<unknown> =>
  ((await answer).body["error"] as { code: string } | undefined)?.code;

/** What LINE's dialog is asked with. */
const paramsOf = (location: string | null | undefined) => {
  const url = new URL(location ?? "");
  expect([url.origin, url.pathname]).toEqual([world.simulator.url, "/dialog/bot/accountLink"]);
  return {
    linkToken: url.searchParams.get("linkToken") ?? "",
    nonce: url.searchParams.get("nonce") ?? "",
  };
};
const pressFor = async (link: MadeLink) => {
  const res = await press(link, "confirm");
  expect(res.status).toBe(303);
  return paramsOf(res.headers.get("location"));
};
const settled = () => world.simulator.webhooks.settled();
const commandsFor = ({ profileId }: LineLinkView) =>
  world.store.events.countDocuments({ source: "api", type: "link", "body.profileId": profileId });
const profileIdOf = async (userId: string): Promise<string> =>
  (await world.api.get<ProfileView>(`/v1/profiles/user:${userId}`)).id;

describe("by page", () => {
  it("links once, however often and at once it is confirmed, and never by being looked at", async () => {
    const { userId, lineUserId } = await newPair();
    const link = await makeLink(world, `user:${userId}`, { lineUserId });
    for (const method of ["GET", "HEAD", "GET"])
      expect((await fetch(link.url, { method })).status).toBe(200);
    expect(await linkNow(world, link)).toMatchObject({ state: "created", lineUserId });

    const answers = await Promise.all(Array.from({ length: 8 }, () => press(link, "confirm")));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    for (const answer of answers) expect(await answer.text()).toContain("<h1>Connected</h1>");
    expect(await untilLink(world, link, "linked")).toMatchObject({ via: "page", lineUserId });
    expect(await accountsOf(world, userId)).toEqual([[lineUserId, "link_page"]]);
    expect(await commandsFor(await linkNow(world, link))).toBe(1);
    expect((await fetch(link.url)).status).toBe(410);
    expect((await press(link, "decline")).status).toBe(410);
    expect(await accountsOf(world, userId)).toHaveLength(1);
  });

  it("adds nobody: the LINE user becomes the person", async () => {
    const { userId, lineUserId } = await newPair();
    const people = () => world.store.profiles.countDocuments({ mergedInto: null });
    const before = await people();
    const link = await makeLink(world, `line:acme:${lineUserId}`, { userId });
    await press(link, "confirm");
    await untilLink(world, link, "linked");
    expect(await accountsOf(world, userId)).toEqual([[lineUserId, "link_page"]]);
    expect(await people()).toBe(before - 1);
    const byLine = await world.api.get<ProfileView>(`/v1/profiles/line:acme:${lineUserId}`);
    expect(byLine.id).toBe(await profileIdOf(userId));
  });

  it("does not take a LINE ID from another known person, and says so", async () => {
    const { userId, lineUserId } = await newPair();
    const first = await makeLink(world, `user:${userId}`, { lineUserId });
    await press(first, "confirm");
    await untilLink(world, first, "linked");
    const other = await newPair();
    const link = await makeLink(world, `user:${other.userId}`, { lineUserId });
    expect(await (await press(link, "confirm")).text()).toContain("<h1>Not connected yet</h1>");
    expect(await linkNow(world, link)).toMatchObject({
      state: "failed",
      reason: "conflict_pending",
    });
    expect(await accountsOf(world, other.userId)).toEqual([]);
    expect(await accountsOf(world, userId)).toHaveLength(1);
  });
});

describe("by LINE's account link", () => {
  it("links whom LINE confirms, once, with the event delivered again and again", async () => {
    const { userId, lineUserId } = await newPair();
    const link = await makeLink(world, `user:${userId}`, { lineUserId, via: "account_link" });
    const { linkToken, nonce } = await pressFor(link);
    expect(Buffer.from(nonce, "base64url").length).toBeGreaterThanOrEqual(16);
    expect(await linkNow(world, link)).toMatchObject({ state: "confirmed" });
    const event = world.simulator.accountLink(world.line.channelId, lineUserId, {
      linkToken,
      nonce,
    });
    await untilLink(world, link, "linked");
    expect(await accountsOf(world, userId)).toEqual([[lineUserId, "account_link"]]);

    const unlinked = await call(
      "DELETE",
      `/v1/profiles/user:${userId}/line-accounts/acme/${lineUserId}`,
    );
    expect([unlinked.status, unlinked.body["lineAccounts"]]).toEqual([200, []]);
    for (const isRedelivery of [true, true]) {
      const body = JSON.stringify({
        destination: world.line.botUserId,
        events: [{ ...event, deliveryContext: { isRedelivery } }],
      });
      expect(await world.simulator.postWebhook(world.line.channelId, body)).toMatchObject({
        status: 200,
      });
    }
    // And the same nonce in an event of its own, as nobody but LINE could sign it.
    world.simulator.event(world.line.channelId, {
      type: "accountLink",
      source: { type: "user", userId: lineUserId },
      link: { result: "ok", nonce },
    });
    await settled();
    await until(
      async () =>
        (await world.store.events.countDocuments({ type: "accountLink", state: "stored" })) === 0 ||
        undefined,
      { what: "events to be applied" },
    );
    expect(await accountsOf(world, userId)).toEqual([]);
    expect((await press(link, "confirm")).status).toBe(410);
  });

  it("keeps the nonce nowhere in a form that can be read", async () => {
    const { userId, lineUserId } = await newPair();
    const link = await makeLink(world, `user:${userId}`, { lineUserId, via: "account_link" });
    const { nonce, linkToken } = await pressFor(link);
    world.simulator.accountLink(world.line.channelId, lineUserId, { linkToken, nonce });
    await untilLink(world, link, "linked");
    const token = link.url.split("/").at(-1) ?? "";
    const rows = JSON.stringify([
      await world.store.events.find().toArray(),
      await world.store.lineLinks.find().toArray(),
      await world.store.idempotency.find().toArray(),
    ]);
    for (const secret of [nonce, linkToken, token]) expect(rows).not.toContain(secret);
  });

  it("records that it was another person's phone, and lets the right one try again", async () => {
    const { userId, lineUserId } = await newPair();
    const stranger = await newFriend();
    const link = await makeLink(world, `user:${userId}`, { lineUserId, via: "account_link" });
    const first = await pressFor(link);
    world.simulator.accountLink(world.line.channelId, stranger, first);
    expect(await untilLink(world, link, "failed")).toMatchObject({ reason: "account_link_failed" });
    expect(await accountsOf(world, userId)).toEqual([]);
    expect(await (await fetch(link.url)).text()).toContain("another LINE account");

    world.simulator.accountLink(world.line.channelId, lineUserId, await pressFor(link));
    await untilLink(world, link, "linked");
    expect(await accountsOf(world, userId)).toEqual([[lineUserId, "account_link"]]);
  });

  it("hears nothing of an expired token, and the link ends as expired", async () => {
    const { userId, lineUserId } = await newPair();
    const link = await makeLink(world, `user:${userId}`, { lineUserId, via: "account_link" });
    const params = await pressFor(link);
    await fetch(`${world.simulator.url}/_sim/clock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advanceMs: 600_000 }),
    });
    expect(world.simulator.accountLink(world.line.channelId, lineUserId, params)).toBeUndefined();
    const past = new Date(Date.now() - 1_000);
    await world.store.lineLinks.updateOne(
      { _id: link.id },
      { $set: { expiresAt: past, secretsUntil: past } },
    );
    expect(await linkNow(world, link)).toMatchObject({ state: "expired" });
    expect((await fetch(link.url)).status).toBe(410);
    expect(await accountsOf(world, userId)).toEqual([]);
  });

  it("sends a person whom the business logged in by itself straight to LINE", async () => {
    const { userId, lineUserId } = await newPair();
    const { linkToken } = await world.api.post<{ linkToken: string }>(
      `/v1/channels/${world.channelId}/link-tokens`,
      { lineUserId },
    );
    const made = await makeLink(world, `user:${userId}`, { linkToken });
    expect(Object.keys(made).sort()).toEqual(["expiresAt", "id", "redirectUrl", "unlinkNotice"]);
    const params = paramsOf(made.redirectUrl);
    expect(params.linkToken).toBe(linkToken);
    world.simulator.accountLink(world.line.channelId, lineUserId, params);
    expect(await untilLink(world, made, "linked")).toMatchObject({ lineUserId });
    expect(await accountsOf(world, userId)).toEqual([[lineUserId, "account_link"]]);
  });

  it("is not begun with somebody who is no friend", async () => {
    const [stranger = ""] = world.simulator.addPeople({ count: 1, provider: "acme" });
    const { userId } = await newPair();
    const link = await makeLink(world, `user:${userId}`, {
      lineUserId: stranger,
      via: "account_link",
    });
    const res = await press(link, "confirm");
    expect([res.status, await res.text()]).toEqual([
      409,
      expect.stringContaining("Add us in LINE first"),
    ]);
    const path = `/v1/channels/${world.channelId}/link-tokens`;
    expect(await codeIn(call("POST", path, { lineUserId: stranger }))).toBe("link_refused");
  });
});

describe("by a code in the chat", () => {
  const codeOf = async (link: MadeLink): Promise<string> => {
    const text = await (await fetch(link.url)).text();
    return /LINK-[0-9A-Z]{10}/.exec(text)?.[0] ?? "";
  };

  it("links who sends it, and nobody after them", async () => {
    const { userId, lineUserId } = await newPair();
    const late = await newFriend();
    const link = await makeLink(world, `user:${userId}`);
    expect(await codeOf(link)).toBe("");
    expect((await press(link, "confirm")).status).toBe(303);
    const code = await codeOf(link);
    expect((await press(link, "confirm")).status).toBe(303);
    expect(await codeOf(link)).toBe(code);
    world.simulator.say(world.line.channelId, late, `${code}?`);
    world.simulator.say(world.line.channelId, lineUserId, code.replace("-", " ").toLowerCase());
    await untilLink(world, link, "linked");
    world.simulator.say(world.line.channelId, late, code);
    await settled();
    expect(await accountsOf(world, userId)).toEqual([[lineUserId, "link_code"]]);
    const status = await fetch(`${link.url}/status`);
    expect(await status.json()).toEqual({ state: "linked" });
  });

  it("is not linked through another provider's account", async () => {
    const { userId } = await newPair();
    const elsewhere = world.simulator.addChannel({ provider: "other", redelivery: true });
    const { id } = await world.api.post<{ id: string }>("/v1/channels", {
      channelAccessToken: elsewhere.accessToken,
      channelSecret: elsewhere.channelSecret,
      provider: "other",
      loginChannelId: "1600000099",
    });
    expect(await call("GET", `/v1/channels/${id}`)).toMatchObject({
      body: { loginChannelId: "1600000099" },
    });
    onTestFinished(async () => {
      await world.store.channels.deleteOne({ _id: id });
    });
    const [stranger = ""] = world.simulator.addPeople({ count: 1, provider: "other" });
    world.simulator.follow(elsewhere.channelId, stranger);
    expect(await codeIn(call("POST", `/v1/profiles/user:${userId}/line-links`, {}))).toBe(
      "provider_missing",
    );
    const link = await makeLink(world, `user:${userId}`, { provider: "acme" });
    await press(link, "confirm");
    const event = world.simulator.say(elsewhere.channelId, stranger, await codeOf(link));
    await until(
      async () =>
        (await world.store.events.findOne({
          eventId: event.webhookEventId,
          state: "applied",
        })) ?? undefined,
      { what: "the message to be applied" },
    );
    expect(await linkNow(world, link)).toMatchObject({ state: "confirmed" });
    expect(await accountsOf(world, userId)).toEqual([]);
  });
});

describe("by LINE Login", () => {
  let loginChannelId: string;
  beforeAll(() => {
    loginChannelId = world.simulator.addLoginChannel({ provider: "acme" }).channelId;
  });
  const verify = (body: object) =>
    call("POST", "/v1/line-links/verify", { provider: "acme", ...body });

  it("needs to know whose LINE Login channel counts", async () => {
    const body = { userId: "nobody", idToken: "x.y.z" };
    expect(await codeIn(verify(body))).toBe("login_channel_missing");
    const patched = await call("PATCH", `/v1/channels/${world.channelId}`, { loginChannelId });
    expect([patched.status, patched.body["loginChannelId"]]).toEqual([200, loginChannelId]);
    expect(await codeIn(verify(body))).toBe("id_token_invalid");
  });

  it("links whose ID token it is, known or not yet", async () => {
    const { userId, lineUserId } = await newPair();
    const idToken = world.simulator.mintIdToken(loginChannelId, lineUserId, { nonce: "n-1" });
    expect(await verify({ userId, idToken, nonce: "n-1" })).toMatchObject({
      status: 200,
      body: {
        userId,
        provider: "acme",
        lineUserId,
        linked: true,
        proof: { kind: "id_token", at: expect.stringMatching(/Z$/) as string },
      },
    });
    expect(await accountsOf(world, userId)).toEqual([[lineUserId, "id_token"]]);

    const newcomer = await newFriend();
    const other = world.simulator.mintIdToken(loginChannelId, newcomer);
    expect(await verify({ userId: "brand-new", idToken: other })).toMatchObject({ status: 200 });
    expect(await accountsOf(world, "brand-new")).toEqual([[newcomer, "id_token"]]);
    expect(await verify({ userId, idToken: other })).toMatchObject({
      status: 409,
      body: { error: { code: "line_id_taken" } },
    });
  });

  it("links whose access token it is", async () => {
    const { userId, lineUserId } = await newPair();
    const accessToken = world.simulator.mintAccessToken(loginChannelId, lineUserId);
    expect(await verify({ userId, accessToken })).toMatchObject({
      status: 200,
      body: { lineUserId, linked: true },
    });
    expect(await accountsOf(world, userId)).toEqual([[lineUserId, "id_token"]]);
  });

  it("refuses each other token by a code of its own, and keeps none", async () => {
    const { userId, lineUserId } = await newPair();
    const mint = (options = {}) => world.simulator.mintIdToken(loginChannelId, lineUserId, options);
    const access = (options = {}) =>
      world.simulator.mintAccessToken(loginChannelId, lineUserId, options);
    const foreign = world.simulator.addLoginChannel({ provider: "acme" }).channelId;
    for (const [body, code] of [
      [{ idToken: "x" }, "id_token_invalid"],
      [{ idToken: mint().replace(/.$/, "_") }, "id_token_invalid"],
      [{ idToken: mint({ expiresInSeconds: -10 }) }, "id_token_expired"],
      [{ idToken: mint({ audience: "1" }) }, "id_token_audience"],
      [{ idToken: world.simulator.mintIdToken(foreign, lineUserId) }, "id_token_audience"],
      [{ idToken: mint({ issuer: "https://evil.example" }) }, "id_token_issuer"],
      [{ idToken: mint({ nonce: "a" }), nonce: "b" }, "id_token_nonce"],
      [{ idToken: mint(), nonce: "b" }, "id_token_nonce"],
      [{ accessToken: "x" }, "access_token_invalid"],
      [{ accessToken: access({ expiresInSeconds: -1 }) }, "access_token_invalid"],
      [{ accessToken: access({ audience: "1" }) }, "access_token_audience"],
      // A channel's own token says nothing about a person.
      [{ accessToken: world.line.accessToken }, "access_token_invalid"],
      [{ idToken: mint(), userId: "null" }, "identifier_reserved"],
      [{ idToken: mint(), userId: "a\u200bb" }, "identifier_invalid"],
      [{ idToken: "x".repeat(8_193) }, "request_invalid"],
      [{}, "request_invalid"],
      [{ idToken: "x", accessToken: "y" }, "request_invalid"],
    ] as const)
      expect([await codeIn(verify({ userId, ...body })), body]).toEqual([code, body]);
    expect(await accountsOf(world, userId)).toEqual([]);
    const rows = JSON.stringify(await world.store.events.find().toArray());
    expect(rows).not.toMatch(/eyJ(?:hbGciOi|0eXAiOi)|idToken|accessToken/);
  });

  it("proves a LINE ID in an identify call", async () => {
    const { userId, lineUserId } = await newPair();
    const idToken = world.simulator.mintIdToken(loginChannelId, lineUserId);
    const identify = (line: object) =>
      call("POST", "/v1/identify", {
        userId,
        traits: { plan: "gold" },
        context: { line: { provider: "acme", ...line } },
      });
    const stranger = await newFriend();
    expect(await codeIn(identify({ idToken, userId: stranger }))).toBe("id_token_subject");
    expect(await identify({ idToken })).toMatchObject({ status: 202 });
    await until(async () => (await accountsOf(world, userId)).length > 0 || undefined, {
      what: "the account",
    });
    expect(await accountsOf(world, userId)).toEqual([[lineUserId, "id_token"]]);
  });
});

describe("by a one-time link that the business's own page brings back", () => {
  it("proves once, for the person it was made for", async () => {
    const { userId, lineUserId } = await newPair();
    const other = await newPair();
    const link = await makeLink(world, `line:acme:${lineUserId}`, { userId });
    const linkToken = link.url.split("/").at(-1);
    const identify = (body: object, line: object = {}) =>
      call("POST", "/v1/identify", {
        ...body,
        context: { line: { provider: "acme", linkToken, ...line } },
      });
    for (const [body, line] of [
      [{ userId: other.userId }, {}],
      [{ userId: "nobody-known" }, {}],
      [{ userId }, { userId: other.lineUserId }],
      [{ userId }, { provider: "other" }],
      [{ userId }, { linkToken: "x".repeat(32) }],
    ] as const)
      expect(await codeIn(identify(body, line))).toMatch(/^(link_token_invalid|provider_unknown)$/);
    expect(await codeIn(identify({ userId, traits: { email: "no" } }))).toBe("email_invalid");
    expect(await linkNow(world, link)).toMatchObject({ state: "created" });

    const answers = await Promise.all([1, 2, 3].map(() => identify({ userId })));
    const ids = new Set(answers.map(({ body }) => body["id"]));
    expect([answers.map(({ status }) => status), ids.size]).toEqual([[202, 202, 202], 1]);
    expect(await untilLink(world, link, "linked")).toMatchObject({ lineUserId });
    expect(await accountsOf(world, userId)).toEqual([[lineUserId, "link_page"]]);
    expect((await press(link, "confirm")).status).toBe(410);
  });
});

describe("unlinking", () => {
  it("is for what is linked, and leaves the LINE user to themselves", async () => {
    const { userId, lineUserId } = await newPair();
    const path = (ref: string, id = lineUserId) => `/v1/profiles/${ref}/line-accounts/acme/${id}`;
    expect(await codeIn(call("DELETE", path(`user:${userId}`)))).toBe("not_found");
    const link = await makeLink(world, `user:${userId}`, { lineUserId });
    await press(link, "confirm");
    const { profileId } = await untilLink(world, link, "linked");
    expect(await codeIn(call("DELETE", path("user:nobody")))).toBe("not_found");
    expect(await codeIn(call("DELETE", path(`user:${userId}`, `U${"0".repeat(32)}`)))).toBe(
      "not_found",
    );
    const underWay = await makeLink(world, `user:${userId}`, { lineUserId, via: "account_link" });
    const params = await pressFor(underWay);
    const done = await call("DELETE", path(`line:acme:${lineUserId}`));
    expect([done.status, done.body["externalId"], done.body["lineAccounts"]]).toEqual([
      200,
      userId,
      [],
    ]);
    expect(await codeIn(call("DELETE", path(`user:${userId}`)))).toBe("not_found");
    world.simulator.accountLink(world.line.channelId, lineUserId, params);
    await settled();
    expect(await linkNow(world, underWay)).toMatchObject({ state: "declined" });
    expect((await press(underWay, "confirm")).status).toBe(410);
    const alone = await world.api.get<ProfileView>(`/v1/profiles/line:acme:${lineUserId}`);
    expect(alone.id).not.toBe(profileId);
    expect(alone.externalId).toBeNull();
  });
});

it("shows a link to its workspace, and to nobody else", async () => {
  const { userId, lineUserId } = await newPair();
  const link = await makeLink(world, `user:${userId}`, { lineUserId });
  expect(await call("GET", `/v1/line-links/${link.id}`)).toMatchObject({
    status: 200,
    body: {
      id: link.id,
      state: "created",
      reason: null,
      via: "page",
      provider: "acme",
      channelId: world.channelId,
      lineUserId,
    } satisfies Partial<LineLinkView>,
  });
  await world.store.lineLinks.updateOne({ _id: link.id }, { $set: { workspaceId: "ws_other" } });
  expect(await codeIn(call("GET", `/v1/line-links/${link.id}`))).toBe("not_found");
});

it("forgets the links of a person who is erased", async () => {
  const { userId, lineUserId } = await newPair();
  const link = await makeLink(world, `user:${userId}`, { lineUserId });
  const { profileId } = await linkNow(world, link);
  const id = `ws_main/api/erase-${userId}`;
  const now = new Date();
  await world.store.events.insertOne({
    _id: id,
    workspaceId: (await world.store.lineLinks.findOne({ _id: link.id }))?.workspaceId ?? "",
    channelId: null,
    source: "api",
    type: "erase",
    eventId: `erase-${userId}`,
    occurredAt: now,
    receivedAt: now,
    state: "stored",
    reason: null,
    lineUserId: null,
    profileId: null,
    appliedAt: null,
    nextAt: new Date(0),
    body: { profileId },
    expireAt: new Date(now.getTime() + 86_400_000),
  });
  await until(
    async () => (await world.store.lineLinks.countDocuments({ profileId })) === 0 || undefined,
    { what: "the link to be gone" },
  );
  expect((await fetch(link.url)).status).toBe(404);
});
