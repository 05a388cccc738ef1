import { createSealer } from "@yubin/kit";
import { createSimulator, type ChannelView, type Simulator } from "@yubin/simulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { addPerson, lineAccount, newLineUserId } from "./people.ts";
import { rawHttp } from "./raw-http.ts";
import {
  addChannel,
  addKey,
  callApi,
  jsonOf,
  startTestIngress,
  storedEvents,
  verdict,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
let simulator: Simulator;
let line: ChannelView;
let channelId: string;
beforeAll(async () => {
  simulator = createSimulator();
  await simulator.start();
  ingress = await startTestIngress({
    env: { LINE_API_BASE_URL: simulator.url, LINE_ACCESS_BASE_URL: simulator.url },
  });
  line = simulator.addChannel({ provider: "main" });
  ({ id: channelId } = await addChannel(ingress, { provider: "main" }));
});
afterAll(async () => {
  await ingress[Symbol.asyncDispose]();
  await simulator.stop();
});

interface Made {
  readonly id: string;
  readonly url: string;
  readonly qrUrl: string;
  readonly expiresAt: string;
  readonly unlinkNotice: string;
}
const post = (ref: string, body: object): Promise<Response> =>
  callApi(ingress, ["POST", `/v1/profiles/${ref}/line-links`], body);
const make = async (ref: string, body: object = {}): Promise<Made> => {
  const res = await post(ref, body);
  expect(res.status).toBe(201);
  return await jsonOf<Made>(res);
};
const confirm = (url: string, action = "confirm"): Promise<Response> =>
  fetch(url, { method: "POST", body: new URLSearchParams({ action }), redirect: "manual" });
/** By a plain connection, since `fetch` follows and takes no redirects here. */
const rawConfirm = async (url: string): Promise<string> => {
  const { pathname, search, port } = new URL(url);
  const head = `POST ${pathname}${search} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 14`;
  return (await rawHttp(Number(port), `${head}\r\n\r\naction=confirm`)).text;
};
const tokenIn = ({ url }: Made): string => url.split("/l/")[1] ?? "";
const rowOf = ({ id }: Made) => ingress.store.lineLinks.findOne({ _id: id });

describe("POST /v1/profiles/:ref/line-links", () => {
  it("makes a link whose secret is nowhere but in the answer", async () => {
    const profileId = await addPerson(ingress, { externalId: "ann", email: "ann@example.com" });
    const lineUserId = newLineUserId();
    const before = Date.now();
    const made = await make("user:ann", { lineUserId, expiresInSeconds: 60, locale: "ja" });
    const token = tokenIn(made);
    expect(made).toEqual({
      id: expect.stringMatching(/^link_[0-9a-f]{32}$/) as string,
      url: `${ingress.config.publicUrl}/l/${token}`,
      qrUrl: `${made.url}/qr.svg`,
      expiresAt: made.expiresAt,
      unlinkNotice: expect.stringContaining("いつでも解除できます") as string,
    });
    expect(Buffer.from(token, "base64url").length * 8).toBeGreaterThanOrEqual(128);
    const life = Date.parse(made.expiresAt) - before;
    expect(life > 59_000 && life < 70_000).toBe(true);
    const row = await rowOf(made);
    expect(row).toMatchObject({ profileId, lineUserId, provider: "main", channelId, via: "page" });
    expect(JSON.stringify(row)).not.toContain(token);
    for (const ref of [profileId, "email:ann@example.com"])
      expect(await rowOf(await make(ref))).toMatchObject({ profileId, via: "code" });
  });

  it("answers a repeated request alike, and keeps that answer sealed", async () => {
    await addPerson(ingress, { externalId: "bea" });
    const again = async (): Promise<Made> =>
      jsonOf<Made>(
        callApi(
          ingress,
          ["POST", "/v1/profiles/user:bea/line-links"],
          {},
          {
            headers: { "idempotency-key": "bea-1" },
          },
        ),
      );
    const first = await again();
    expect(await again()).toEqual(first);
    const kept = JSON.stringify(await ingress.store.idempotency.find().toArray());
    expect(kept).not.toContain(tokenIn(first));
  });

  const someone = newLineUserId();
  it.each<[string, object, string]>([
    ["user:nobody", {}, "404 not_found"],
    ["anon:x", {}, "404 not_found"],
    ["prof_x", {}, "404 not_found"],
    [`line:main:${someone}`, {}, "400 request_invalid userId"],
    [`line:main:${someone}`, { userId: "nobody" }, "404 not_found userId"],
    [`line:main:${someone}`, { userId: "cid", provider: "b" }, "400 request_invalid provider"],
    [
      `line:main:${someone}`,
      { userId: "cid", lineUserId: newLineUserId() },
      "400 request_invalid lineUserId",
    ],
    ["user:cid", { userId: "cid" }, "400 request_invalid userId"],
    ["user:cid", { provider: "other" }, "422 provider_unknown provider"],
    ["user:cid", { provider: "a/b" }, "400 request_invalid provider"],
    ["user:cid", { lineUserId: "U1" }, "400 identifier_invalid lineUserId"],
    ["user:cid", { lineUserId: { $ne: null } }, "400 type_invalid lineUserId"],
    ["user:cid", { channelId: "chan_x" }, "404 not_found channelId"],
    ["user:cid", { via: "page" }, "400 request_invalid lineUserId"],
    ["user:cid", { via: "account_link" }, "400 request_invalid lineUserId"],
    ["user:cid", { via: "mail" }, "400 type_invalid via"],
    ["user:cid", { via: "page", linkToken: "x" }, "400 request_invalid via"],
    ["user:cid", { linkToken: "a b" }, "400 request_invalid linkToken"],
    ["user:cid", { linkToken: "a&nonce=b" }, "400 request_invalid linkToken"],
    ["user:cid", { expiresInSeconds: 59 }, "400 request_invalid expiresInSeconds"],
    ["user:cid", { expiresInSeconds: 86_401 }, "422 limit_exceeded expiresInSeconds"],
    ["user:cid", { expiresInSeconds: 60.5 }, "400 type_invalid expiresInSeconds"],
    ["user:cid", { locale: "fr" }, "400 type_invalid locale"],
    ["user:cid", { workspaceId: "ws_b" }, "400 unknown_field workspaceId"],
  ])("refuses %s %j", async (ref, body, expected) => {
    if (!(await ingress.store.aliases.findOne({ value: "cid" })))
      await addPerson(ingress, { externalId: "cid" });
    expect(await verdict(post(ref, body))).toBe(expected);
  });

  it("wants the scope track, as all of it does", async () => {
    const key = await addKey(ingress, { scopes: ["read"] });
    for (const [method, path, body] of [
      ["POST", "/v1/profiles/user:ann/line-links", {}],
      ["GET", "/v1/line-links/link_1", undefined],
      ["POST", "/v1/line-links/verify", { userId: "ann", idToken: "x" }],
      ["DELETE", `/v1/profiles/user:ann/line-accounts/main/${someone}`, undefined],
      ["POST", `/v1/channels/${channelId}/link-tokens`, { lineUserId: someone }],
    ] as const)
      expect(await verdict(callApi(ingress, [method, path], body, { key }))).toBe(
        "403 scope_missing",
      );
  });

  it("is of one workspace: others find neither person, channel nor link", async () => {
    const key = await addKey(ingress, { workspaceId: "ws_b" });
    const of = (ref: string, body: object = {}) =>
      verdict(callApi(ingress, ["POST", `/v1/profiles/${ref}/line-links`], body, { key }));
    expect(await of("user:ann")).toBe("422 provider_unknown provider");
    await addChannel(ingress, { workspaceId: "ws_b", provider: "main" });
    expect(await of("user:ann")).toBe("404 not_found");
    await addPerson(ingress, { workspaceId: "ws_b", externalId: "bob" });
    expect(await of("user:bob", { channelId })).toBe("404 not_found channelId");
    const made = await make("user:ann", { lineUserId: newLineUserId() });
    await addPerson(ingress, { workspaceId: "ws_b", externalId: "ann" });
    const proof = { provider: "main", linkToken: tokenIn(made) };
    const identify = { userId: "ann", context: { line: proof } };
    expect(await verdict(callApi(ingress, ["POST", "/v1/identify"], identify, { key }))).toBe(
      "422 link_token_invalid context.line.linkToken",
    );
    expect(await rowOf(made)).toMatchObject({ state: "created" });
    const { id } = made;
    const path = ["GET", `/v1/line-links/${id}`] as const;
    expect(await verdict(callApi(ingress, path, undefined, { key }))).toBe("404 not_found");
    expect(await verdict(callApi(ingress, path))).toBe("200");
  });
});

describe("/l/:token", () => {
  it("is for one pair of eyes: nothing keeps, frames, indexes or tells on it", async () => {
    await addPerson(ingress, { externalId: "dan" });
    const { url, qrUrl } = await make("user:dan", { lineUserId: newLineUserId() });
    const qr = await fetch(qrUrl);
    expect([qr.status, qr.headers.get("content-type")]).toEqual([
      200,
      expect.stringMatching(/^image\/svg\+xml/),
    ]);
    expect(await qr.text()).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    for (const at of [url, `${url}/status`, qrUrl, `${ingress.url}/l/${"x".repeat(32)}`]) {
      const { headers } = await fetch(at);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("x-robots-tag")).toContain("noindex");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain(`form-action 'self' ${simulator.url}`);
      expect(policy).not.toContain("unsafe");
    }
    const text = await (await fetch(url)).text();
    expect(text).toContain('<meta name="robots" content="noindex, nofollow">');
    expect(text).not.toMatch(/https?:\/\/(?!www\.w3\.org)/); // nothing comes from anywhere else
  });

  it("speaks the language of the person, the link or the browser", async () => {
    await addPerson(ingress, { externalId: "eva" });
    const plain = await make("user:eva");
    const thai = await make("user:eva", { locale: "th" });
    const langOf = async (url: string, acceptLanguage = "") => {
      const res = await fetch(url, { headers: { "accept-language": acceptLanguage } });
      const text = await res.text();
      expect(res.headers.get("content-language")).toBe(/<html lang="([^"]+)"/.exec(text)?.[1]);
      return res.headers.get("content-language");
    };
    expect(await langOf(plain.url, "ja-JP,en;q=0.5")).toBe("ja");
    expect(await langOf(plain.url)).toBe("en");
    expect(await langOf(thai.url, "ja")).toBe("th");
    expect(await langOf(`${thai.url}?lang=zh-TW`, "ja")).toBe("zh-TW");
    expect(await langOf(`${thai.url}?lang[]=ja&lang=%00`, "ja")).toBe("th");
    expect(await langOf(`${ingress.url}/l/nothing`, "ja")).toBe("ja");
    const answer = await rawConfirm(`${thai.url}?lang=${encodeURIComponent('ja"><script>')}`);
    expect(answer).toContain("HTTP/1.1 303");
    expect(answer).toContain(`location: ${new URL(thai.url).pathname}?lang=ja%22%3E%3Cscript%3E`);
  });

  it.each([
    "x",
    "x".repeat(32),
    "%00",
    "..%2f..%2fetc",
    "$ne",
    `${"A".repeat(31)}%0a`,
    "A".repeat(5_000),
  ])("answers %s as a link that is not there", async (token) => {
    const at = `${ingress.url}/l/${token}`;
    for (const url of [at, `${at}/status`, `${at}/qr.svg`]) {
      const res = await fetch(url);
      expect([res.status, await res.text()]).toEqual([
        404,
        expect.stringContaining("<h1>This link doesn’t work</h1>"),
      ]);
    }
    expect((await confirm(at)).status).toBe(404);
  });

  it("refuses a path that is not well-formed", async () => {
    expect(await verdict(fetch(`${ingress.url}/l/%ff`))).toBe("400 request_invalid");
  });

  it("knows GET and POST", async () => {
    const { url } = await make("user:ann");
    for (const method of ["PUT", "PATCH", "DELETE"])
      expect(await verdict(fetch(url, { method }))).toBe("405 method_not_allowed");
    expect(await verdict(fetch(`${url}/status`, { method: "POST" }))).toBe(
      "405 method_not_allowed",
    );
    expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
  });

  it.each(["", "action=", "action=delete", "action=confirm%00", "x".repeat(900)])(
    "does nothing for the form %j",
    async (form) => {
      await addPerson(ingress, { externalId: `form-${form.length}` });
      const made = await make(`user:form-${form.length}`, { lineUserId: newLineUserId() });
      expect((await fetch(made.url, { method: "POST", body: form })).status).toBe(400);
      expect(await rowOf(made)).toMatchObject({ state: "created", confirmations: 0 });
    },
  );

  it("refuses a form that is too large", async () => {
    const made = await make("user:ann", { lineUserId: newLineUserId() });
    const res = await fetch(made.url, { method: "POST", body: "a".repeat(2_000) });
    expect(res.status).toBe(413);
    expect(await rowOf(made)).toMatchObject({ state: "created" });
  });

  it("is over when it has expired or was declined", async () => {
    const expired = await make("user:ann", { lineUserId: newLineUserId() });
    await ingress.store.lineLinks.updateOne(
      { _id: expired.id },
      { $set: { expiresAt: new Date(Date.now() - 1) } },
    );
    const declined = await make("user:ann", { lineUserId: newLineUserId() });
    expect((await confirm(declined.url, "decline")).status).toBe(200);
    for (const [{ url, qrUrl }, title] of [
      [expired, "This link has expired"],
      [declined, "Nothing was connected"],
    ] as const) {
      for (const res of [await fetch(url), await confirm(url)])
        expect([res.status, await res.text()]).toEqual([
          410,
          expect.stringContaining(`<h1>${title}</h1>`),
        ]);
      expect((await fetch(qrUrl)).status).toBe(410);
      expect((await confirm(url, "decline")).status).toBe(410);
    }
    expect(await storedEvents(ingress, { type: "link" })).toEqual([]);
  });

  it("is over when the person is gone", async () => {
    const id = await addPerson(ingress, { externalId: "gone" });
    const made = await make("user:gone", { lineUserId: newLineUserId() });
    await ingress.store.profiles.updateOne({ _id: id }, { $set: { erasedAt: new Date() } });
    await ingress.store.aliases.deleteMany({ profileId: id });
    expect((await fetch(made.url)).status).toBe(410);
    expect((await confirm(made.url)).status).toBe(410);
    expect(await verdict(post(id, {}))).toBe("410 profile_erased");
    expect(await storedEvents(ingress, { type: "link" })).toEqual([]);
  });

  it("shows names as text, whatever they are", async () => {
    const lineUserId = newLineUserId();
    const evil = `</dd><script>alert(1)</script>\u001b[31m\n"' &lt; \u202egnp.`;
    await addPerson(ingress, {
      row: { lineAccounts: [lineAccount({ lineUserId, displayName: evil })] },
    });
    await addPerson(ingress, { externalId: "fay", traits: { name: "<b>Fay", email: 5 } });
    const named = await addChannel(ingress, { provider: "main" });
    await ingress.store.channels.updateOne(
      { _id: named.id },
      { $set: { name: `<img src=x onerror=1> & "Co" \u0000` } },
    );
    const made = await make("user:fay", { lineUserId, channelId: named.id });
    const text = await (await fetch(made.url)).text();
    expect(text).not.toMatch(/<script>alert|<img|<b>/);
    expect(text).toContain("&lt;/dd&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(text).toContain("<bdi>&lt;•••</bdi>");
    expect(text).toContain("&lt;img src=x onerror=1&gt; &amp; &quot;Co&quot;");
    await ingress.store.channels.deleteOne({ _id: named.id });
  });

  it("stores one command for many who confirm at once, also while nobody carries it out", async () => {
    const profileId = await addPerson(ingress, { externalId: "gil" });
    const lineUserId = newLineUserId();
    const made = await make("user:gil", { lineUserId });
    const answers = await Promise.all([1, 2, 3, 4].map(() => confirm(made.url)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await answers[0]?.text()).toContain("<h1>One moment…</h1>");
    expect(await (await fetch(`${made.url}/status`)).json()).toEqual({ state: "confirmed" });
    expect(await storedEvents(ingress, { type: "link" })).toMatchObject([
      {
        source: "api",
        workspaceId: "ws_main",
        body: { profileId, provider: "main", lineUserId, proof: "link_page" },
      },
    ]);
  });

  it("carries out what was confirmed when a process ended before it could", async () => {
    await addPerson(ingress, { externalId: "lea" });
    const look = [
      (made: Made) => fetch(made.url),
      (made: Made) => fetch(`${made.url}/status`),
      (made: Made) => callApi(ingress, ["GET", `/v1/line-links/${made.id}`]),
      (made: Made) => confirm(made.url),
    ];
    for (const one of look) {
      const lineUserId = newLineUserId();
      const made = await make("user:lea", { lineUserId });
      const now = new Date();
      await ingress.store.lineLinks.updateOne(
        { _id: made.id },
        { $set: { state: "proven", provedBy: "page", provenAt: now, confirmedAt: now } },
      );
      expect((await one(made)).status).toBe(200);
      expect(await storedEvents(ingress, { "body.lineUserId": lineUserId })).toHaveLength(1);
    }
  });

  it("asks LINE again only so often, with nonces that are good for a quarter of an hour", async () => {
    await addPerson(ingress, { externalId: "hal" });
    const [friend = ""] = simulator.addPeople({ count: 1, provider: "main" });
    simulator.follow(line.channelId, friend);
    const { seal } = createSealer(ingress.config.secretKeys);
    await ingress.store.channels.updateOne(
      { _id: channelId },
      { $set: { sealedToken: seal(line.accessToken, `ws_main/${channelId}`) } },
    );
    const made = await make("user:hal", { lineUserId: friend, via: "account_link", channelId });
    const statuses: string[] = [];
    for (let n = 0; n < 11; n += 1) statuses.push((await rawConfirm(made.url)).slice(9, 12));
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => "303"), "429"]);
    const row = await rowOf(made);
    expect(row?.nonceHashes).toHaveLength(5);
    expect(row?.secretsUntil?.getTime()).toBeLessThanOrEqual(Date.now() + 900_000);
  });

  it("answers a page while LINE or the store fails, and no address may guess for long", async () => {
    await using alone = await startTestIngress();
    await addChannel(alone, { provider: "main" });
    await addPerson(alone, { externalId: "ida" });
    const made = await jsonOf<Made>(
      callApi(alone, ["POST", "/v1/profiles/user:ida/line-links"], {
        lineUserId: newLineUserId(),
        via: "account_link",
      }),
    );
    const away = await confirm(made.url);
    expect([away.status, await away.text()]).toEqual([
      503,
      expect.stringContaining("<h1>That didn’t work</h1>"),
    ]);
    expect((await fetch(made.url)).status).toBe(200);
    const guess = () => fetch(`${alone.url}/l/${"g".repeat(32)}`);
    for (let n = 0; n < 60; n += 1) expect((await guess()).status).toBe(404);
    const refused = await guess();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
    expect((await fetch(made.url)).status).toBe(429);
    expect(alone.logged.join("\n")).not.toContain(tokenIn(made));
  });

  it("has no token, code or name in the log", () => {
    const log = ingress.logged.join("\n");
    expect(log).toContain('"route":"/l/:token"');
    expect(log).not.toMatch(/\/l\/[^:]/);
    expect(log).not.toMatch(/LINK-|alert\(1\)|ann@example/);
  });
});

it("counts on no cache of strangers: a page of one link says nothing of another", async () => {
  await addPerson(ingress, { externalId: "jim", traits: { name: "Jim" } });
  await addPerson(ingress, { externalId: "kai", traits: { name: "Kai" } });
  const [jim, kai] = [await make("user:jim"), await make("user:kai")];
  expect(await (await fetch(jim.url)).text()).toContain("J•••");
  expect(await (await fetch(kai.url)).text()).not.toContain("J•••");
});

describe("PATCH /v1/channels/:id", () => {
  const patch = (body: object) => callApi(ingress, ["PATCH", `/v1/channels/${channelId}`], body);
  it("sets and takes away the LINE Login channel", async () => {
    expect(await jsonOf(patch({ loginChannelId: "1600000001" }))).toMatchObject({
      loginChannelId: "1600000001",
    });
    expect(await jsonOf(patch({ name: "Café" }))).toMatchObject({
      name: "Café",
      loginChannelId: "1600000001",
    });
    expect(await jsonOf(patch({ loginChannelId: null }))).toMatchObject({ loginChannelId: null });
  });
  it("sets how much of LINE's rates the channel takes, and gives it all of them back", async () => {
    const row = async () => (await ingress.store.channels.findOne({ _id: channelId }))?.limits;
    const limits = { push: 500, multicast: 1 };
    expect(await jsonOf(patch({ limits }))).toMatchObject({ limits });
    expect(await row()).toEqual({ pushPerSecond: 500, multicastPerSecond: 1 });
    expect(await jsonOf(patch({ name: "Shop" }))).toMatchObject({ name: "Shop", limits });
    expect(await jsonOf(callApi(ingress, ["GET", `/v1/channels/${channelId}`]))).toMatchObject({
      limits,
    });
    expect(await jsonOf(patch({ limits: null }))).toMatchObject({
      limits: { push: 2_000, multicast: 200 },
    });
    expect(await row()).toEqual({ pushPerSecond: 2_000, multicastPerSecond: 200 });
  });

  it.each<[object, string]>([
    [{}, "400 request_invalid"],
    [{ limits: {} }, "400 request_invalid limits.push"],
    [{ limits: { push: 100 } }, "400 request_invalid limits.multicast"],
    [{ limits: { push: "100", multicast: 100 } }, "400 type_invalid limits.push"],
    [{ limits: { push: 100, multicast: 100, reply: 1 } }, "400 unknown_field limits.reply"],
    [{ limits: { push: 0, multicast: 100 } }, "422 rate_out_of_range limits.push"],
    [{ limits: { push: 1.5, multicast: 100 } }, "422 rate_out_of_range limits.push"],
    [{ limits: { push: 2_001, multicast: 100 } }, "422 rate_out_of_range limits.push"],
    [{ limits: { push: 100, multicast: 201 } }, "422 rate_out_of_range limits.multicast"],
    [{ limits: { push: 100, multicast: -1 } }, "422 rate_out_of_range limits.multicast"],
    [{ loginChannelId: "x" }, "400 request_invalid loginChannelId"],
    [{ loginChannelId: 5 }, "400 type_invalid loginChannelId"],
    [{ name: " " }, "400 request_invalid name"],
    [{ provider: "b" }, "400 unknown_field provider"],
  ])("refuses %j", async (body, expected) => {
    expect(await verdict(patch(body))).toBe(expected);
  });
});
