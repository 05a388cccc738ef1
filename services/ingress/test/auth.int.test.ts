import { newApiKey } from "@yubin/kit";
import { scopes, type ApiKeyView, type Scope } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { rawAnswer, rawHttp } from "./raw-http.ts";
import {
  addKey,
  adminKey,
  callApi,
  jsonOf,
  startTestIngress,
  verdict,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startTestIngress();
});
afterAll(() => ingress[Symbol.asyncDispose]());

const list = ["GET", "/v1/campaigns"] as const;
const withHeader = (authorization: string, path = "/v1/campaigns"): Promise<Response> =>
  fetch(`${ingress.url}${path}`, { headers: authorization === "" ? {} : { authorization } });
const basic = (user: string, password = ""): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

describe("a request without a key that counts", () => {
  it.each(["", " "])("and without any (%j) is auth_missing", async (header) => {
    expect(await verdict(withHeader(header))).toBe("401 auth_missing");
  });

  it("is answered alike whether the key is malformed, unknown, revoked or expired", async () => {
    const past = new Date(Date.now() - 1_000);
    const keys = [
      "x",
      "yb_live_",
      "yb_live_short",
      `yb_live_${"a".repeat(129)}`,
      `${adminKey}x`,
      adminKey.slice(0, -1),
      adminKey.toUpperCase(),
      `yb_live_${"é".repeat(30)}`,
      "A".repeat(10_000),
      newApiKey(),
      await addKey(ingress, { revokedAt: past }),
      await addKey(ingress, { expiresAt: past }),
    ];
    const headers = [
      ...keys.flatMap((key) => [`Bearer ${key}`, basic(key), basic("site", key)]),
      `Token ${adminKey}`,
      adminKey,
      "Bearer",
      `Bearer ${adminKey} ${adminKey}`,
      `Bearer ${adminKey}, Bearer ${adminKey}`,
      "Basic !!!",
      `Basic ${adminKey}`,
    ].map((header) => Buffer.from(header).toString("latin1"));
    const answers = await Promise.all(headers.map((header) => withHeader(header)));
    const errors = await Promise.all(
      answers.map(async (res) => {
        const { error } = await jsonOf<{ error: Record<string, string> }>(res);
        expect(error["requestId"]).toBe(res.headers.get("x-request-id"));
        return `${res.status} ${error["code"]}: ${error["message"]}`;
      }),
    );
    expect(new Set(errors)).toEqual(new Set(["401 auth_invalid: the API key is not valid"]));
  });

  it.each([
    ["a megabyte", `Bearer ${"k".repeat(1_000_000)}`, "431 header_too_large"],
    ["a NUL", `Bearer ${adminKey}\0`, "400 request_invalid"],
    ["a bare CR", `Bearer ${adminKey}\rx: y`, "400 request_invalid"],
  ])("and with %s in its place is refused by the parser", async (_what, header, expected) => {
    const before = ingress.logged.length;
    const head = `GET /v1/campaigns HTTP/1.1\r\nhost: x\r\nauthorization: ${header}\r\n\r\n`;
    const answer = rawAnswer(await rawHttp(ingress.port, head));
    expect(answer.verdict).toBe(expected);
    expect(answer.text).not.toContain(adminKey);
    const lines = ingress.logged.slice(before);
    expect(lines.filter((line) => line.includes(answer.requestId))).toHaveLength(1);
    expect(lines.join("")).not.toMatch(/kkkk|yb_live/);
  });

  it("cannot write lines of its own into the log", async () => {
    const before = ingress.logged.length;
    const header = `Bearer x\r\nx-forwarded-for: {"level":"fatal"}`;
    const head = `GET /v1/campaigns HTTP/1.1\r\nhost: x\r\nauthorization: ${header}\r\nconnection: close\r\n\r\n`;
    expect((await rawHttp(ingress.port, head)).text).toMatch(/^HTTP\/1\.1 401 /);
    for (const line of ingress.logged.slice(before)) {
      expect(() => JSON.parse(line) as unknown).not.toThrow();
      expect(line.trimEnd()).not.toMatch(/[\r\n]|fatal/);
    }
  });
});

it.each([
  ["Bearer", `Bearer ${adminKey}`],
  ["Bearer in any case", `bEARER   ${adminKey} `],
  ["Basic with the key as user name, as Segment's clients do", basic(adminKey)],
  ["Basic with the key as password, as Customer.io's clients do", basic("site-id", adminKey)],
])("takes a key by %s", async (_how, header) => {
  expect(await verdict(withHeader(header))).toBe("200");
});

it.each([
  `/v1/campaigns?api_key=${adminKey}`,
  `/v1/campaigns?apiKey=x`,
  "/v1/campaigns?key=x",
  "/v1/campaigns?access_token=x",
  "/v1/campaigns?Authorization=x",
  `/v1/campaigns?cursor=${adminKey}`,
  `/v1/profiles/${adminKey}`,
  "/v1/profiles/YB%5FLIVE_x",
])("refuses a key in a URL, and logs none: %s", async (path) => {
  expect(await verdict(withHeader(`Bearer ${adminKey}`, path))).toBe("401 auth_in_url_refused");
  expect(await verdict(withHeader("", path))).toBe("401 auth_in_url_refused");
  expect(ingress.logged.join("\n")).not.toContain(adminKey);
});

describe("a scope", () => {
  const routes: readonly (readonly [string, string, Scope])[] = [
    ["POST", "/v1/channels", "admin"],
    ["GET", "/v1/channels", "admin"],
    ["GET", "/v1/channels/chan_x", "admin"],
    ["GET", "/v1/channels/chan_x/health", "admin"],
    ["POST", "/v1/channels/chan_x/credentials", "admin"],
    ["GET", "/v1/channels/chan_x/metrics", "read"],
    ["GET", "/v1/channels/chan_x/quota", "read"],
    ["POST", "/v1/identify", "track"],
    ["GET", "/v1/profiles", "read"],
    ["GET", "/v1/profiles/user:x", "read"],
    ["POST", "/v1/messages", "send"],
    ["GET", "/v1/messages/msg_x", "read"],
    ["POST", "/v1/campaigns", "send"],
    ["GET", "/v1/campaigns", "read"],
    ["GET", "/v1/campaigns/camp_x", "read"],
    ["POST", "/v1/campaigns/camp_x/launch", "send"],
    ["POST", "/v1/campaigns/camp_x/pause", "send"],
    ["POST", "/v1/campaigns/camp_x/resume", "send"],
    ["POST", "/v1/campaigns/camp_x/cancel", "send"],
    ["GET", "/v1/campaigns/camp_x/metrics", "read"],
    ["POST", "/v1/api-keys", "admin"],
    ["GET", "/v1/api-keys", "admin"],
    ["DELETE", "/v1/api-keys/key_x", "admin"],
  ];

  it.each(routes)("is asked of %s %s, by name: %s", async (method, path, scope) => {
    const body = method === "POST" ? {} : undefined;
    const others = scopes.filter((one) => one !== scope && one !== "admin");
    const lacking = await addKey(ingress, { scopes: others });
    const res = await callApi(ingress, [method, path], body, { key: lacking });
    const { error } = await jsonOf<{ error: { code: string; message: string } }>(res);
    expect([res.status, error]).toMatchObject([
      403,
      { code: "scope_missing", message: `the key lacks the scope ${scope}` },
    ]);
    for (const held of new Set<Scope>([scope, "admin"])) {
      const key = await addKey(ingress, { scopes: [held] });
      expect(await verdict(callApi(ingress, [method, path], body, { key }))).not.toMatch(/^40[13]/);
    }
  });

  it("is asked before the body is looked at, and answers nothing about what exists", async () => {
    const key = await addKey(ingress, { scopes: ["read"] });
    expect(await verdict(callApi(ingress, ["POST", "/v1/messages"], "not json", { key }))).toBe(
      "403 scope_missing",
    );
  });
});

describe("an API key", () => {
  const keys = "/v1/api-keys";
  type Made = ApiKeyView & { readonly key: string };
  const make = (body: unknown): Promise<Response> => callApi(ingress, ["POST", keys], body);

  it("is shown once, works, and is found in lists without itself", async () => {
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
    const res = await make({ scopes: ["read", "send", "read"], expiresAt });
    expect(res.status).toBe(201);
    const made = await jsonOf<Made>(res);
    expect(made).toEqual({
      id: expect.stringMatching(/^key_[0-9a-f]{32}$/),
      prefix: made.key.slice(0, 12),
      scopes: ["read", "send"],
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      expiresAt,
      key: expect.stringMatching(/^yb_live_[A-Za-z0-9_-]{32}$/),
    });
    expect(await verdict(callApi(ingress, list, undefined, { key: made.key }))).toBe("200");

    const text = await (await callApi(ingress, ["GET", `${keys}?limit=200`])).text();
    const { key, ...view } = made;
    expect((JSON.parse(text) as { data: unknown[] }).data).toContainEqual(view);
    expect(text).not.toContain(key);
    expect(JSON.stringify(await ingress.store.apiKeys.find({}).toArray())).not.toContain(key);
    expect(ingress.logged.join("\n")).not.toContain(key);
  });

  it("is refused from the moment it is revoked, and leaves the list", async () => {
    const { id, key } = await jsonOf<Made>(make({ scopes: ["read"] }));
    expect(await verdict(callApi(ingress, list, undefined, { key }))).toBe("200");
    const revoke = ["DELETE", `${keys}/${id}`] as const;
    const res = await callApi(ingress, revoke);
    expect([res.status, await res.text()]).toEqual([204, ""]);
    expect(await verdict(callApi(ingress, list, undefined, { key }))).toBe("401 auth_invalid");
    expect(await verdict(callApi(ingress, revoke))).toBe("204");
    const { data } = await jsonOf<{ data: ApiKeyView[] }>(callApi(ingress, ["GET", keys]));
    expect(data.map((one) => one.id)).not.toContain(id);
  });

  it("revoked at one replica is soon refused by the others", async () => {
    await using other = await startTestIngress({ beside: ingress });
    const { id, key } = await jsonOf<Made>(make({ scopes: ["read"] }));
    expect(await verdict(callApi(other, list, undefined, { key }))).toBe("200");
    await callApi(ingress, ["DELETE", `${keys}/${id}`]);
    await expect
      .poll(() => verdict(callApi(other, list, undefined, { key })), { interval: 500 })
      .toBe("401 auth_invalid");
  });

  it("ends when it said it would", async () => {
    const expiresAt = new Date(Date.now() + 1_000);
    const key = await addKey(ingress, { expiresAt });
    await expect
      .poll(() => verdict(callApi(ingress, list, undefined, { key })), { interval: 200 })
      .toBe("401 auth_invalid");
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime());
  });

  it.each([
    [{}, "400 request_invalid scopes"],
    [{ scopes: [] }, "400 request_invalid scopes"],
    [{ scopes: "read" }, "400 type_invalid scopes"],
    [{ scopes: ["root"] }, "400 type_invalid scopes[0]"],
    [{ scopes: ["read", null] }, "400 type_invalid scopes[1]"],
    [{ scopes: Array.from({ length: 5 }, () => "read") }, "422 limit_exceeded scopes"],
    [{ scopes: ["read"], expiresAt: "2020-01-01T00:00:00Z" }, "400 date_invalid expiresAt"],
    [{ scopes: ["read"], expiresAt: "2036-02-30T00:00:00Z" }, "400 date_invalid expiresAt"],
    [{ scopes: ["read"], expiresAt: "2036-01-01" }, "400 date_invalid expiresAt"],
    [{ scopes: ["read"], expiresAt: 2_000_000_000 }, "400 date_invalid expiresAt"],
    [{ scopes: ["read"], workspaceId: "ws_b" }, "400 unknown_field workspaceId"],
    [{ scopes: ["read"], hash: "0" }, "400 unknown_field hash"],
  ])("is not made from %j", async (body, expected) => {
    expect(await verdict(make(body))).toBe(expected);
  });
});

describe("limits", () => {
  it("counts requests by key, says how many are left, and when to come back", async () => {
    await using strict = await startTestIngress({ env: { RATE_LIMIT_PER_MINUTE: "3" } });
    const key = await addKey(strict);
    const left: (string | null)[] = [];
    for (let call = 0; call < 3; call += 1) {
      const res = await callApi(strict, list, undefined, { key });
      expect(res.status).toBe(200);
      expect(res.headers.get("ratelimit-limit")).toBe("3");
      left.push(res.headers.get("ratelimit-remaining"));
    }
    expect(left).toEqual(["2", "1", "0"]);
    const spoofed = { "x-forwarded-for": "198.51.100.7", "x-real-ip": "198.51.100.7" };
    const refused = await callApi(strict, list, undefined, { key, headers: spoofed });
    const seconds = Number(refused.headers.get("retry-after"));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(await verdict(refused)).toBe("429 rate_limited");
    const other = await addKey(strict);
    expect(await verdict(callApi(strict, list, undefined, { key: other }))).toBe("200");
  });

  const wrong = (of: TestIngress, headers: Record<string, string> = {}): Promise<Response> =>
    callApi(of, list, undefined, { key: newApiKey(), headers });

  it("stops whoever tries keys, whatever they say about where they come from", async () => {
    await using strict = await startTestIngress({ env: { AUTH_FAILURES_PER_MINUTE: "3" } });
    expect(await verdict(callApi(strict, list))).toBe("200");
    for (let call = 0; call < 3; call += 1)
      expect(await verdict(wrong(strict))).toBe("401 auth_invalid");
    for (const headers of [{}, { "x-forwarded-for": "198.51.100.7" }, { "x-real-ip": "8.8.8.8" }]) {
      const refused = await wrong(strict, headers);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      expect(await verdict(refused)).toBe("429 auth_rate_limited");
    }
    expect(await verdict(callApi(strict, list))).toBe("200");
  });

  it("stops the thousandth wrong key in a minute, and nobody else", async () => {
    await using standard = await startTestIngress({ env: { TRUSTED_PROXIES: "1" } });
    const from = (address: string) => ({ "x-forwarded-for": address });
    const attack = (spoofed: string): Promise<string> =>
      verdict(wrong(standard, from(`${spoofed}, 198.51.100.7`)));
    for (let tried = 0; tried < 1_000; tried += 50) {
      const round = Array.from({ length: 50 }, (_, at) => attack(`10.0.${tried}.${at}`));
      expect(new Set(await Promise.all(round))).toEqual(new Set(["401 auth_invalid"]));
    }
    expect(await attack("10.0.0.1")).toBe("429 auth_rate_limited");
    const theirs = { key: await addKey(standard), headers: from("198.51.100.7") };
    expect(await verdict(callApi(standard, list, undefined, theirs))).toBe("429 auth_rate_limited");
    for (const address of ["198.51.100.8", "2001:db8::1"]) {
      const good = { key: await addKey(standard), headers: from(address) };
      expect(await verdict(callApi(standard, list, undefined, good))).toBe("200");
      expect(await verdict(wrong(standard, from(address)))).toBe("401 auth_invalid");
    }
  });

  it("believes a trusted proxy about the address, and leaves other addresses alone", async () => {
    await using behind = await startTestIngress({
      env: { AUTH_FAILURES_PER_MINUTE: "1", TRUSTED_PROXIES: "1" },
    });
    const from = (address: string) => ({ "x-forwarded-for": `10.9.9.9, ${address}` });
    expect(await verdict(wrong(behind, from("198.51.100.7")))).toBe("401 auth_invalid");
    expect(await verdict(wrong(behind, from("198.51.100.7")))).toBe("429 auth_rate_limited");
    expect(await verdict(wrong(behind, from("2001:db8::1")))).toBe("401 auth_invalid");
    expect(await verdict(wrong(behind, from("2001:db8::2")))).toBe("429 auth_rate_limited");
    const key = await addKey(behind);
    const elsewhere = { key, headers: from("198.51.100.8") };
    expect(await verdict(callApi(behind, list, undefined, elsewhere))).toBe("200");
  });
});
