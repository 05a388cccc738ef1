import type { ProfileView } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { addPerson, lineAccount, newLineUserId } from "./people.ts";
import {
  addChannel,
  callApi,
  jsonOf,
  named,
  startTestIngress,
  storedEvents,
  verdict,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startTestIngress();
  await addChannel(ingress, { provider: "main" });
});
afterAll(() => ingress[Symbol.asyncDispose]());

const identify = (body: unknown): Promise<Response> =>
  callApi(ingress, ["POST", "/v1/identify"], body);
const at = "2026-01-02T03:04:05.000Z";

describe("POST /v1/identify", () => {
  it("stores what it was told before it answers, as one fact to be applied", async () => {
    const lineUserId = newLineUserId();
    const res = await identify({
      userId: "ann",
      anonymousId: "anon-1",
      traits: { email: "ann@example.com", name: "山田 🍎", tags: ["a", { b: 1 }], none: null },
      context: { line: { provider: "main", userId: lineUserId }, ip: "198.51.100.7", page: {} },
      timestamp: "2026-01-02T12:04:05+09:00",
      messageId: "m-1",
      type: "identify",
      integrations: { All: true },
      sentAt: at,
      originalTimestamp: at,
    });
    expect(res.status).toBe(202);
    expect(await res.json()).toEqual({ id: expect.stringMatching(/^evt_[0-9a-f]{32}$/) });
    expect(await storedEvents(ingress, { eventId: "m-1" })).toMatchObject([
      {
        workspaceId: "ws_main",
        channelId: null,
        source: "track",
        type: "identify",
        state: expect.stringMatching(/^(stored|applied)$/),
        occurredAt: new Date(at),
        lineUserId,
        body: {
          userId: "ann",
          anonymousId: "anon-1",
          traits: { email: "ann@example.com", name: "山田 🍎", tags: ["a", { b: 1 }], none: null },
          context: { line: { provider: "main", userId: lineUserId } },
        },
      },
    ]);
  });

  it.each([
    ["a user id", { userId: "bob" }],
    ["an anonymous id", { anonymousId: "anon-2" }],
    ["a LINE ID", { context: { line: { provider: "main", userId: newLineUserId() } } }],
  ])("takes %s alone", async (_what, body) => {
    expect(await verdict(identify(body))).toBe("202");
  });

  it("takes one fact once, however it is spelt, and the first of two that contradict", async () => {
    const of = (userId: string) => ({ userId, messageId: "café-1".normalize("NFC") });
    const ids = [
      await jsonOf(identify(of("cid"))),
      await jsonOf(identify(of("cid"))),
      await jsonOf(identify({ userId: "cid", messageId: "café-1".normalize("NFD") })),
      await jsonOf(identify(of("dan"))),
    ];
    expect(new Set(ids.map((id) => JSON.stringify(id))).size).toBe(1);
    const rows = await storedEvents(ingress, { eventId: "café-1".normalize("NFC") });
    expect(rows.map(({ body }) => body["userId"])).toEqual(["cid"]);
  });

  it("keeps ids composed, and a time a little ahead as now", async () => {
    const ahead = new Date(Date.now() + 300_000).toISOString();
    const decomposed = "rene\u0301";
    await identify({ userId: decomposed, messageId: "m-nfc", timestamp: ahead });
    const [row] = await storedEvents(ingress, { eventId: "m-nfc" });
    expect(row?.body["userId"]).toBe("ren\u00e9");
    expect(row?.occurredAt.getTime()).toBeLessThanOrEqual(Date.now());
  });

  const line = (fields: object) => ({ userId: "eve", context: { line: fields } });
  const traits = (given: unknown) => ({ userId: "eve", traits: given });
  const proof = (given: object) => line({ provider: "main", userId: newLineUserId(), ...given });
  it.each(
    named([
      [{}, "400 request_invalid"],
      [{ traits: { a: 1 } }, "400 request_invalid"],
      [{ context: { line: { provider: "main" } } }, "400 request_invalid"],
      [{ userId: { $gt: "" } }, "400 type_invalid userId"],
      [{ userId: 5 }, "400 type_invalid userId"],
      [{ userId: null }, "400 type_invalid userId"],
      [{ userId: "" }, "422 identifier_reserved userId"],
      [{ userId: " " }, "422 identifier_reserved userId"],
      [{ userId: "null" }, "422 identifier_reserved userId"],
      [{ userId: "[object Object]" }, "422 identifier_reserved userId"],
      [{ userId: "Ｔｅｓｔ" }, "422 identifier_reserved userId"],
      [{ userId: "0" }, "422 identifier_reserved userId"],
      [{ userId: "a\u200bb" }, "400 identifier_invalid userId"],
      [{ userId: "a\u202eb" }, "400 identifier_invalid userId"],
      [{ userId: "a\nb" }, "400 identifier_invalid userId"],
      [{ userId: " ann" }, "400 identifier_invalid userId"],
      [{ userId: "u".repeat(256) }, "400 identifier_invalid userId"],
      [{ anonymousId: "undefined" }, "422 identifier_reserved anonymousId"],
      [{ userId: "eve", messageId: "" }, "422 identifier_reserved messageId"],
      [traits([]), "400 type_invalid traits"],
      [traits({ $set: 1 }), "400 key_invalid traits"],
      [traits({ deep: [{ "a.b": 1 }] }), "400 key_invalid traits.deep[0]"],
      [traits({ "": 1 }), "400 key_invalid traits"],
      [traits({ ["k".repeat(65)]: 1 }), "400 key_invalid traits"],
      [traits({ big: "x".repeat(4_097) }), "422 limit_exceeded traits.big"],
      [
        traits(Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`k${n}`, n]))),
        "422 limit_exceeded traits",
      ],
      [traits({ email: "a".repeat(10_000) + "@" }), "400 email_invalid traits.email"],
      [traits({ email: "a@b@c.example" }), "400 email_invalid traits.email"],
      [traits({ email: 5 }), "400 type_invalid traits.email"],
      [{ userId: "eve", timestamp: "2024-02-30T00:00:00Z" }, "400 date_invalid timestamp"],
      [{ userId: "eve", timestamp: "2024-02-03T00:00:00" }, "400 date_invalid timestamp"],
      [{ userId: "eve", timestamp: 1_700_000_000 }, "400 date_invalid timestamp"],
      [{ userId: "eve", timestamp: "+275761-01-01T00:00:00Z" }, "400 date_invalid timestamp"],
      [{ userId: "eve", timestamp: "0001-01-01T00:00:00Z" }, "400 date_invalid timestamp"],
      [{ userId: "eve", timestamp: "2999-01-01T00:00:00Z" }, "400 date_invalid timestamp"],
      [{ userId: "eve", type: "track" }, "400 type_invalid type"],
      [{ userId: "eve", _id: "prof_1" }, "400 unknown_field _id"],
      [{ userId: "eve", mergedInto: "prof_1" }, "400 unknown_field mergedInto"],
      [{ userId: "eve", createdAt: at }, "400 unknown_field createdAt"],
      [line({ userId: newLineUserId() }), "400 request_invalid context.line.provider"],
      [line({ provider: "a/b" }), "400 request_invalid context.line.provider"],
      [line({ provider: "other" }), "422 provider_unknown context.line.provider"],
      [line({ provider: "main", userId: { $ne: null } }), "400 type_invalid context.line.userId"],
      [
        line({ provider: "main", userId: `U${"A".repeat(32)}` }),
        "400 identifier_invalid context.line.userId",
      ],
      [line({ provider: "main", roles: [] }), "400 unknown_field context.line.roles"],
      [proof({ idToken: "eyJ.e30.x" }), "422 login_channel_missing"],
      [proof({ idToken: "" }), "400 request_invalid context.line.idToken"],
      [proof({ idToken: "x".repeat(8_193) }), "422 limit_exceeded context.line.idToken"],
      [proof({ linkToken: "" }), "400 request_invalid context.line.linkToken"],
      [proof({ linkToken: "x" }), "422 link_token_invalid context.line.linkToken"],
      [proof({ linkToken: "x", idToken: "y" }), "400 request_invalid context.line.linkToken"],
      [{ ...proof({ idToken: "x" }), userId: undefined }, "400 request_invalid userId"],
      [{ userId: "eve", proof: "id_token" }, "400 unknown_field proof"],
      [proof({ idToken: 5 }), "400 type_invalid context.line.idToken"],
      [proof({ accessToken: "x" }), "400 unknown_field context.line.accessToken"],
    ]),
  )("refuses %s", async (_body, body, expected) => {
    expect(await verdict(identify(body))).toBe(expected);
  });

  it("keeps nothing of a proof that it does not take", async () => {
    const res = await identify({ ...proof({ idToken: "a-proof-4711" }), messageId: "m-proof" });
    const text = await res.text();
    expect(text).not.toContain("a-proof-4711");
    expect(await storedEvents(ingress, { eventId: "m-proof" })).toEqual([]);
    expect(ingress.logged.join("\n")).not.toContain("a-proof-4711");
  });

  it("says what was wrong without repeating it", async () => {
    const res = await identify({ userId: "eve", traits: { email: "not-an-address-4711" } });
    const text = await res.text();
    expect(JSON.parse(text)).toEqual({
      error: {
        code: "email_invalid",
        message: expect.any(String),
        field: "traits.email",
        requestId: res.headers.get("x-request-id"),
      },
    });
    expect(text).not.toContain("not-an-address-4711");
  });
});

describe("GET /v1/profiles/:ref", () => {
  const profile = (ref: string): Promise<Response> =>
    callApi(ingress, ["GET", `/v1/profiles/${ref}`]);

  it("shows a person as they are, whichever way they are named", async () => {
    const lineUserId = newLineUserId();
    const id = await addPerson(ingress, {
      externalId: "fay/1 ü",
      email: "fay@example.com",
      traits: { name: "Fay", deep: { list: [1, null] } },
      row: {
        consents: { marketing: { granted: true, at: new Date(at), source: "checkout" } },
        suppression: { at: new Date(at), reason: "complaint" },
        mergedFrom: ["prof_00000000000000000000000000000009"],
        createdAt: new Date(at),
        updatedAt: new Date(at),
        lineAccounts: [
          lineAccount({
            lineUserId,
            displayName: "ふぇい",
            linkedAt: new Date(at),
            proof: { kind: "follow", at: new Date(at) },
            friendship: { chan_1: { state: "following", at: new Date(at), eventId: "E1" } },
          }),
        ],
      },
    });
    const expected: ProfileView = {
      id,
      externalId: "fay/1 ü",
      traits: {
        name: "Fay",
        deep: { list: [1, null] },
        email: "fay@example.com",
        line_id: lineUserId,
      },
      lineId: { main: lineUserId },
      lineAccounts: [
        {
          provider: "main",
          lineUserId,
          displayName: "ふぇい",
          linkedAt: at,
          proof: { kind: "follow", at },
          friendship: { chan_1: { state: "following", at, eventId: "E1" } },
        },
      ],
      consents: { marketing: { granted: true, at, source: "checkout" } },
      suppressed: true,
      suppression: { at, reason: "complaint" },
      mergedFrom: ["prof_00000000000000000000000000000009"],
      createdAt: at,
      updatedAt: at,
    };
    for (const ref of [
      id,
      `user:${encodeURIComponent("fay/1 ü")}`,
      `user:${encodeURIComponent("fay/1 u\u0308")}`,
      "email:fay@example.com",
      "email:FAY%40Example.com",
      `line:main:${lineUserId}`,
    ]) {
      const res = await profile(ref);
      expect([ref, res.status, await res.json()]).toEqual([ref, 200, expected]);
    }
  });

  const older = new Date("2026-01-01T00:00:00Z");
  const newer = new Date("2026-02-01T00:00:00Z");
  const following = { chan_1: { state: "following" as const, at: older, eventId: "E" } };
  const blocked = { chan_1: { state: "blocked" as const, at: older, eventId: "E" } };
  const account = (given: Parameters<typeof lineAccount>[0]) =>
    lineAccount({ linkedAt: older, ...given });
  it.each([
    [
      "a friend before a proof",
      account({ friendship: following }),
      account({ proof: { kind: "server_key", at: older }, friendship: blocked, linkedAt: newer }),
    ],
    [
      "a stronger proof before a newer link",
      account({ proof: { kind: "server_key", at: older } }),
      account({ proof: { kind: "follow", at: older }, linkedAt: newer }),
    ],
    ["the newer of two links", account({ linkedAt: newer }), account({})],
  ])("gives one canonical LINE ID per provider: %s", async (_rule, first, second) => {
    const elsewhere = account({ provider: "brand-2" });
    const id = await addPerson(ingress, {
      row: { lineAccounts: [second, elsewhere, first] },
    });
    const view = await jsonOf<ProfileView>(profile(id));
    expect(view).toMatchObject({
      lineId: { main: first.lineUserId, "brand-2": elsewhere.lineUserId },
      lineAccounts: [{}, {}, {}],
    });
    expect(view.traits["line_id"]).toBeUndefined();
    const chosen = { ...first, lineUserId: newLineUserId() };
    const here = await addPerson(ingress, {
      traits: { line_id: "said-by-somebody" },
      row: { lineAccounts: [{ ...second, lineUserId: newLineUserId() }, chosen] },
    });
    expect(await jsonOf(profile(here))).toMatchObject({ traits: { line_id: chosen.lineUserId } });
  });

  it("leads from every name and id of a merged person to the survivor", async () => {
    const survivor = await addPerson(ingress, { externalId: "gil" });
    const middle = await addPerson(ingress, {
      externalId: "gil-2",
      row: { mergedInto: survivor },
    });
    const lineUserId = newLineUserId();
    const first = await addPerson(ingress, {
      email: "gil@example.com",
      lineUserIds: [lineUserId],
      row: { mergedInto: middle },
    });
    for (const ref of [
      survivor,
      middle,
      first,
      "user:gil",
      "user:gil-2",
      "email:gil@example.com",
      `line:main:${lineUserId}`,
    ])
      expect(await jsonOf(profile(ref))).toMatchObject({ id: survivor, externalId: "gil" });
    const { data } = await jsonOf<{ data: ProfileView[] }>(
      callApi(ingress, ["GET", "/v1/profiles?limit=200"]),
    );
    const ids = data.map(({ id }) => id);
    expect(ids).toContain(survivor);
    expect(ids).not.toContain(middle);
    expect(ids).not.toContain(first);
  });

  it.each([
    "prof_00000000000000000000000000000000",
    "prof_x",
    "nobody",
    "user:",
    "user:nobody",
    "user:%00",
    "user:$ne",
    "user:__proto__",
    "email:nobody@example.com",
    "line:main",
    `line:main:U${"0".repeat(32)}`,
    `line:main:u${"0".repeat(32)}`,
    `line:a%2Fb:U${"0".repeat(32)}`,
    "anon:anon-1",
    "..%2f..%2fadmin",
    `user:${"u".repeat(500)}`,
  ])("knows nobody by %s", async (ref) => {
    expect(await verdict(profile(ref))).toBe("404 not_found");
  });

  it.each(["user:%", "user:%ED%A0%80", "user:%C0%AF"])(
    "refuses the malformed path %s",
    async (ref) => {
      expect(await verdict(profile(ref))).toBe("400 request_invalid");
    },
  );
});

describe("a list", () => {
  it("is read page by page, each person once, in a fixed order", async () => {
    await using alone = await startTestIngress();
    const made: string[] = [];
    for (let person = 0; person < 7; person += 1) made.push(await addPerson(alone));
    const seen: string[] = [];
    for (let cursor: string | null = "", pages = 0; cursor !== null && pages < 9; pages += 1) {
      const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page: { data: ProfileView[]; nextCursor: string | null } = await jsonOf(
        callApi(alone, ["GET", `/v1/profiles?limit=3${query}`]),
      );
      expect(Object.keys(page)).toEqual(["data", "nextCursor"]);
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(made.toSorted());
    expect(await jsonOf(callApi(alone, ["GET", "/v1/campaigns"]))).toEqual({
      data: [],
      nextCursor: null,
    });
  });

  it.each([
    ["limit=0", "400 param_invalid limit"],
    ["limit=-1", "400 param_invalid limit"],
    ["limit=201", "400 param_invalid limit"],
    ["limit=1e9", "400 param_invalid limit"],
    ["limit=1e1", "400 param_invalid limit"],
    ["limit=abc", "400 param_invalid limit"],
    ["limit=", "400 param_invalid limit"],
    ["limit=%201", "400 param_invalid limit"],
    ["limit=１", "400 param_invalid limit"],
    ["limit=1&limit=2", "400 param_invalid limit"],
    ["cursor=", "400 param_invalid cursor"],
    ["cursor=a&cursor=b", "400 param_invalid cursor"],
    [`cursor=${"a".repeat(501)}`, "400 param_invalid cursor"],
    ["cursor=prof_0", "400 cursor_invalid cursor"],
    [`cursor=${"A".repeat(60)}`, "400 cursor_invalid cursor"],
    ["cursor=%00%ff", "400 cursor_invalid cursor"],
    ["__proto__=1", "400 unknown_field __proto__"],
  ])("refuses ?%s", async (query, expected) => {
    for (const path of ["/v1/profiles", "/v1/campaigns", "/v1/channels", "/v1/api-keys"])
      expect(await verdict(callApi(ingress, ["GET", `${path}?${query}`]))).toBe(expected);
  });

  it.each(["sort", "limit[$gt]"])("refuses ?%s=1", async (field) => {
    const answer = (path: string) => verdict(callApi(ingress, ["GET", `${path}?${field}=1`]));
    for (const path of ["/v1/campaigns", "/v1/channels", "/v1/api-keys"])
      expect(await answer(path)).toBe(`400 unknown_field ${field}`);
    expect(await answer("/v1/profiles")).toBe(`400 field_not_allowed ${field}`);
  });
});

it("answers what nobody foresaw with 500, an id and no detail, and goes on", async () => {
  const broken = await addPerson(ingress, { externalId: "hal" });
  await ingress.store.profiles.updateOne({ _id: broken }, { $unset: { createdAt: "" } });
  const res = await callApi(ingress, ["GET", "/v1/profiles/user:hal"]);
  const requestId = res.headers.get("x-request-id");
  expect([res.status, await res.json()]).toEqual([
    500,
    { error: { code: "internal", message: "something went wrong on our side", requestId } },
  ]);
  const line = ingress.logged.find((one) => one.includes(`"${requestId}"`));
  expect(line).toContain("TypeError");
  await ingress.store.profiles.deleteOne({ _id: broken });
  expect(await verdict(callApi(ingress, ["GET", "/v1/profiles"]))).toBe("200");
});
