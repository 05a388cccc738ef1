import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { addPerson, newLineUserId } from "./people.ts";
import {
  addChannel,
  addKey,
  callApi,
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

const customer = (id: string): string => `/api/v1/customers/${encodeURIComponent(id)}`;
const put = (id: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  callApi(ingress, ["PUT", customer(id)], body, { headers });
const post = (path: string, body?: unknown): Promise<Response> =>
  callApi(ingress, ["POST", `/api/v1${path}`], body);
const aboutUser = (userId: string) => storedEvents(ingress, { "body.userId": userId });
const commandsAbout = (profileId: string) =>
  storedEvents(ingress, {
    source: "api",
    $or: [{ "body.profileId": profileId }, { "body.from": profileId }, { "body.into": profileId }],
  });
const basic = (user: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
});

describe("PUT /api/v1/customers/:id", () => {
  it("stores an identify call, and answers as Customer.io does", async () => {
    const lineUserId = newLineUserId();
    const res = await put("ann/1 ü", {
      email: "ann@example.com",
      created_at: 1_767_323_045,
      anonymous_id: "anon-1",
      line_id: lineUserId,
      line_provider: "main",
      cio_id: "cio_03000001",
      id: "ann/1 ü",
      plan: { name: "gold" },
      unsubscribed: false,
      nothing: null,
    });
    expect([res.status, await res.json()]).toEqual([200, {}]);
    const rows = await aboutUser("ann/1 ü");
    expect(rows).toMatchObject([{ source: "track", type: "identify", lineUserId }]);
    expect(rows[0]?.body).toEqual({
      userId: "ann/1 ü",
      anonymousId: "anon-1",
      traits: {
        email: "ann@example.com",
        created_at: 1_767_323_045,
        plan: { name: "gold" },
        unsubscribed: false,
        nothing: null,
      },
      context: { line: { provider: "main", userId: lineUserId } },
      timestamp: rows[0]?.receivedAt.toISOString(),
    });
  });

  it("takes the only provider there is for the one of a LINE ID", async () => {
    const lineUserId = newLineUserId();
    expect(await verdict(put("bob", { line_id: lineUserId }))).toBe("200");
    expect(await aboutUser("bob")).toMatchObject([
      { lineUserId, body: { context: { line: { provider: "main", userId: lineUserId } } } },
    ]);
  });

  it("wants to know whose LINE ID it is where there are several providers, or none", async () => {
    const none = await addKey(ingress, { workspaceId: "ws_none" });
    const two = await addKey(ingress, { workspaceId: "ws_two" });
    for (const provider of ["one", "two"])
      await addChannel(ingress, { workspaceId: "ws_two", provider });
    const as = (key: string, body: unknown) =>
      verdict(callApi(ingress, ["PUT", customer("cid")], body, { key }));
    const line_id = newLineUserId();
    expect(await as(none, { line_id })).toBe("422 provider_unknown line_provider");
    expect(await as(two, { line_id })).toBe("422 provider_missing line_provider");
    expect(await as(two, { line_id, line_provider: "main" })).toBe(
      "422 provider_unknown line_provider",
    );
    expect(await as(two, { line_id, line_provider: "two" })).toBe("200");
    expect(await aboutUser("cid")).toMatchObject([
      { workspaceId: "ws_two", body: { context: { line: { provider: "two" } } } },
    ]);
  });

  it.each([{ line_id: null }, { line_id: "" }, { line_provider: null }])(
    "hears nothing of a LINE ID in %j, and keeps it out of the traits",
    async (attributes) => {
      const id = `silent-${JSON.stringify(attributes)}`;
      expect(await verdict(put(id, attributes))).toBe("200");
      const [row] = await aboutUser(id);
      expect([row?.lineUserId, row?.body["traits"], row?.body["context"]]).toEqual([
        null,
        {},
        undefined,
      ]);
    },
  );

  it("finds the person whom an address, or our own id, means", async () => {
    const dan = await addPerson(ingress, { externalId: "dan", email: "dan@example.com" });
    await put("dan@example.com", { a: 1 });
    await put(`cio_${dan}`, { a: 2 });
    expect((await aboutUser("dan")).map(({ body }) => body["traits"])).toEqual(
      expect.arrayContaining([{ a: 1, email: "dan@example.com" }, { a: 2 }]),
    );
    await put("new@example.com", {});
    expect(await aboutUser("new@example.com")).toMatchObject([
      { body: { traits: { email: "new@example.com" } } },
    ]);
    await put("eve@example.com", { id: "eve" });
    expect(await aboutUser("eve")).toMatchObject([
      { body: { traits: { email: "eve@example.com" } } },
    ]);
    const nameless = await addPerson(ingress);
    expect(await verdict(put(`cio_${nameless}`, {}))).toBe("400 identifier_invalid");
    expect(await verdict(put(`cio_prof_${"0".repeat(32)}`, {}))).toBe("404 not_found");
  });

  it("changes only who is known where it is told so", async () => {
    await addPerson(ingress, { externalId: "fay" });
    for (const id of ["fay", "nobody"])
      expect(await verdict(put(id, { _update: true, a: 1 }))).toBe("200");
    expect(await aboutUser("fay")).toMatchObject([{ body: { traits: { a: 1 } } }]);
    expect(await aboutUser("nobody")).toEqual([]);
  });

  it("is one fact under one Idempotency-Key", async () => {
    const key = { "idempotency-key": "put-gil" };
    for (const _ of [1, 2]) expect(await verdict(put("gil", { a: 1 }, key))).toBe("200");
    expect(await aboutUser("gil")).toHaveLength(1);
  });

  it.each(
    named([
      [{ $set: 1 }, "400 key_invalid"],
      [{ "a.b": 1 }, "400 key_invalid"],
      [{ "": 1 }, "400 key_invalid"],
      [{ ["k".repeat(65)]: 1 }, "400 key_invalid"],
      [{ deep: [{ $where: "1" }] }, "400 key_invalid deep[0]"],
      [{ big: "x".repeat(4_097) }, "422 limit_exceeded big"],
      [
        Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`k${n}`, n])),
        "422 limit_exceeded",
      ],
      [{ email: "a".repeat(10_000) + "@" }, "400 email_invalid email"],
      [{ email: { $gt: "" } }, "400 type_invalid email"],
      [{ anonymous_id: "undefined" }, "422 identifier_reserved anonymous_id"],
      [{ anonymous_id: { $gt: "" } }, "400 type_invalid anonymous_id"],
      [{ line_id: "U123" }, "400 identifier_invalid line_id"],
      [{ line_id: `U${"A".repeat(32)}` }, "400 identifier_invalid line_id"],
      [{ line_id: { $ne: null } }, "400 type_invalid line_id"],
      [{ created_at: 1_767_323_045_000 }, "400 date_invalid created_at"],
      [{ created_at: "2026-01-01T00:00:00Z" }, "400 date_invalid created_at"],
      [{ created_at: -1 }, "400 date_invalid created_at"],
      [{ id: "somebody-else" }, "400 identifier_invalid id"],
      [{ _update: "yes" }, "400 type_invalid _update"],
    ]),
  )("refuses %s", async (_body, body, expected) => {
    expect(await verdict(put("hal", body))).toBe(expected);
    expect(await aboutUser("hal")).toEqual([]);
  });

  it.each([
    ['{"__proto__":{"admin":true}}', "400 key_forbidden __proto__"],
    ['{"a":{"constructor":1}}', "400 key_forbidden a.constructor"],
    [String.raw`{"a":"\ud800"}`, "400 unicode_invalid a"],
    ['{"a":9007199254740993}', "400 number_out_of_range a"],
    ['{"created_at":1e400}', "400 number_out_of_range created_at"],
    ["[]", "400 type_invalid"],
    [JSON.stringify("x".repeat(262_144)), "413 body_too_large"],
  ])("refuses the body %s", async (body, expected) => {
    expect(await verdict(put("hal", body))).toBe(expected);
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  });

  it.each(["null", "undefined", "[object Object]", "test", "0", " ", "NaN"])(
    "refuses the id %j, which many people would share",
    async (id) => {
      expect(await verdict(put(id, {}))).toBe("422 identifier_reserved id");
    },
  );

  it("keeps an id composed, and refuses what nobody can see in one", async () => {
    await put("rene\u0301", {});
    expect(await aboutUser("ren\u00e9")).toHaveLength(1);
    expect(await verdict(put("a\u200bb", {}))).toBe("400 identifier_invalid id");
    expect(await verdict(put("u".repeat(256), {}))).toBe("400 identifier_invalid id");
  });

  it("takes unknown names as attributes, which nothing inside is", async () => {
    await put("ida", { _id: "prof_1", mergedInto: "prof_2", workspaceId: "ws_other", version: 7 });
    expect(await aboutUser("ida")).toMatchObject([
      {
        workspaceId: "ws_main",
        body: { traits: { _id: "prof_1", mergedInto: "prof_2", version: 7 } },
      },
    ]);
  });
});

describe("Customer.io's events", () => {
  const event = (id: string, body: unknown): Promise<Response> =>
    callApi(ingress, ["POST", `${customer(id)}/events`], body);

  it("are stored as Segment's calls of the same kind", async () => {
    const timestamp = 1_767_323_045.5;
    for (const body of [
      { name: "ordered", data: { total: 5 }, timestamp, id: "01E0000000000000000000001" },
      { name: "/home", type: "page" },
      { name: "Home", type: "screen" },
      { name: "ordered", type: "event", id: "01E0000000000000000000001" },
    ]) {
      const res = await event("jim", body);
      expect([res.status, await res.json()]).toEqual([200, {}]);
    }
    const rows = await aboutUser("jim");
    const of = (type: string) => rows.filter((row) => row.type === type);
    expect(of("track")).toMatchObject([
      {
        eventId: "01E0000000000000000000001",
        occurredAt: new Date(timestamp * 1_000),
        body: { event: "ordered", properties: { total: 5 } },
      },
    ]);
    expect(of("page")).toMatchObject([{ body: { name: "/home" } }]);
    expect(of("screen")).toMatchObject([{ body: { name: "Home" } }]);
  });

  it("may be of somebody anonymous, or of nobody", async () => {
    expect(await verdict(post("/events", { name: "looked", anonymous_id: "a-7" }))).toBe("200");
    expect(
      await verdict(post("/events", { name: "invited", data: { recipient: "a@example.com" } })),
    ).toBe("200");
    expect(await storedEvents(ingress, { "body.anonymousId": "a-7" })).toMatchObject([
      { type: "track", body: { event: "looked" } },
    ]);
    expect(await storedEvents(ingress, { "body.event": "invited" })).toHaveLength(1);
  });

  it.each(
    named([
      [{}, "400 request_invalid name"],
      [{ name: "" }, "400 request_invalid name"],
      [{ name: { $ne: 1 } }, "400 type_invalid name"],
      [{ name: "a", data: [] }, "400 type_invalid data"],
      [{ name: "a", data: { $set: 1 } }, "400 key_invalid data"],
      [{ name: "a", data: { x: { "b.c": 1 } } }, "400 key_invalid data.x"],
      [{ name: "a", data: { x: "y".repeat(4_097) } }, "422 limit_exceeded data.x"],
      [{ name: "a", timestamp: 1_767_323_045_000 }, "400 date_invalid timestamp"],
      [{ name: "a", timestamp: "2026-01-01T00:00:00Z" }, "400 date_invalid timestamp"],
      [{ name: "a", timestamp: 9_999_999_999 }, "400 date_invalid timestamp"],
      [{ name: "a", id: "null" }, "422 identifier_reserved id"],
      [{ name: "a", type: "dance" }, "400 type_invalid type"],
      [{ name: "a", anonymous_id: "null" }, "422 identifier_reserved anonymous_id"],
      [{ name: "a", _id: 1 }, "400 unknown_field _id"],
    ]),
  )("are refused as %s", async (_body, body, expected) => {
    expect(await verdict(event("kim", body))).toBe(expected);
    expect(await verdict(post("/events", body))).toBe(expected);
    expect(await aboutUser("kim")).toEqual([]);
  });

  it("are refused about an id that many people would share", async () => {
    expect(await verdict(event("null", { name: "a" }))).toBe("422 identifier_reserved id");
  });
});

describe("Customer.io's commands", () => {
  it("are stored for identity, about the person whom they name", async () => {
    const [lea, max, ned] = await Promise.all([
      addPerson(ingress, { externalId: "lea" }),
      addPerson(ingress, { externalId: "max", email: "max@example.com" }),
      addPerson(ingress, { externalId: "ned" }),
    ]);
    const merge = { primary: { id: "ned" }, secondary: { email: "MAX@example.com" } };
    const answers = await Promise.all([
      post("/customers/lea/suppress", {}),
      post("/customers/lea/unsuppress"),
      callApi(ingress, ["DELETE", customer(`cio_${lea}`)]),
      post("/merge_customers", merge),
    ]);
    for (const res of answers) expect([res.status, await res.json()]).toEqual([200, {}]);
    const told = (await commandsAbout(lea)).map(({ type, body }) => [type, body]);
    expect(told).toHaveLength(3);
    expect(told).toEqual(
      expect.arrayContaining([
        ["suppress", { profileId: lea, suppressed: true, reason: "customer_io" }],
        ["suppress", { profileId: lea, suppressed: false, reason: "customer_io" }],
        ["erase", { profileId: lea }],
      ]),
    );
    expect(await commandsAbout(max)).toMatchObject([
      { type: "merge", state: "stored", body: { from: max, into: ned } },
    ]);
  });

  it("leave a person alone who is to be merged into themselves", async () => {
    const ola = await addPerson(ingress, { externalId: "ola" });
    const merged = { primary: { id: "ola" }, secondary: { cio_id: ola } };
    const res = await post("/merge_customers", merged);
    expect([res.status, await res.json()]).toEqual([200, {}]);
    expect(await commandsAbout(ola)).toEqual([]);
  });

  it("know nobody else's people", async () => {
    const theirs = await addPerson(ingress, { externalId: "pam", workspaceId: "ws_other" });
    await addPerson(ingress, { externalId: "quy" });
    const merge = (primary: object, secondary: object) =>
      verdict(post("/merge_customers", { primary, secondary }));
    expect(
      await Promise.all([
        verdict(post("/customers/pam/suppress")),
        verdict(post("/customers/pam/unsuppress")),
        verdict(callApi(ingress, ["DELETE", customer("pam")])),
        verdict(callApi(ingress, ["DELETE", customer(`cio_${theirs}`)])),
        merge({ id: "quy" }, { id: "pam" }),
        merge({ cio_id: theirs }, { id: "quy" }),
      ]),
    ).toEqual([
      ...Array.from({ length: 4 }, () => "404 not_found"),
      "404 not_found secondary",
      "404 not_found primary",
    ]);
    expect(await commandsAbout(theirs)).toEqual([]);
  });

  it.each(
    named([
      [{ primary: { id: "a" } }, "400 request_invalid secondary"],
      [{ primary: {}, secondary: { id: "a" } }, "400 request_invalid primary"],
      [
        { primary: { id: "a", email: "b@c.example" }, secondary: {} },
        "400 request_invalid primary",
      ],
      [{ primary: { id: { $gt: "" } }, secondary: { id: "a" } }, "400 type_invalid primary.id"],
      [{ primary: { name: "a" }, secondary: { id: "a" } }, "400 unknown_field primary.name"],
    ]),
  )("refuse the merge %s", async (_body, body, expected) => {
    expect(await verdict(post("/merge_customers", body))).toBe(expected);
  });
});

describe("access to Customer.io's API", () => {
  it("is by the key as password, with any site id, or as user name", async () => {
    const key = await addKey(ingress, { scopes: ["track"] });
    for (const headers of [basic("a-site-id", key), basic(key, ""), basic("", key)])
      expect(await verdict(put("sam", {}, headers))).toBe("200");
    for (const headers of [basic("a-site-id", "yb_live_wrong"), basic("a-site-id", "")])
      expect(await verdict(put("sam", {}, headers))).toBe("401 auth_invalid");
  });

  it("needs the scope track, for everything", async () => {
    const key = await addKey(ingress, { scopes: ["read", "send"] });
    const calls: [method: string, path: string, body?: unknown][] = [
      ["PUT", customer("tia"), {}],
      ["POST", `${customer("tia")}/events`, { name: "a" }],
      ["POST", `${customer("tia")}/suppress`],
      ["POST", `${customer("tia")}/unsuppress`],
      ["DELETE", customer("tia")],
      ["POST", "/api/v1/events", { name: "a" }],
      ["POST", "/api/v1/merge_customers", { primary: { id: "a" }, secondary: { id: "b" } }],
    ];
    for (const [method, path, body] of calls)
      expect(await verdict(callApi(ingress, [method, path], body, { key }))).toBe(
        "403 scope_missing",
      );
  });

  it("answers other methods and paths as everywhere", async () => {
    expect(await verdict(callApi(ingress, ["GET", customer("uma")]))).toBe(
      "405 method_not_allowed",
    );
    expect(await verdict(post("/push/events", {}))).toBe("404 not_found");
  });

  it("logs nothing of the people", async () => {
    await put("unmistakable@example.com", { name: "Unmistakable" });
    await post("/customers/unmistakable/unsuppress");
    expect(ingress.logged.join("\n")).not.toMatch(/unmistakable/i);
  });
});
