import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
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
});
afterAll(() => ingress[Symbol.asyncDispose]());

const kinds = ["track", "page", "screen", "group", "alias"] as const;
type Kind = (typeof kinds)[number];
const tell = (kind: Kind, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  callApi(ingress, ["POST", `/v1/${kind}`], body, { headers });
const at = "2026-01-02T03:04:05.000Z";
/** The least that each call says. */
const least: Readonly<Record<Kind, Record<string, unknown>>> = {
  track: { userId: "ann", event: "Ordered" },
  page: { userId: "ann" },
  screen: { userId: "ann" },
  group: { userId: "ann", groupId: "acme" },
  alias: { userId: "ann", previousId: "anon-1" },
};
const clientFields = {
  timestamp: "2026-01-02T12:04:05+09:00",
  context: { library: { name: "x" }, traits: { email: "kept@nowhere.example" } },
  integrations: { All: true },
  sentAt: at,
  originalTimestamp: at,
  writeKey: "a-write-key-4711",
  channel: "server",
  _metadata: { nodeVersion: "v24" },
};

it.each([
  [
    "track",
    { userId: "ann", anonymousId: "a-1", event: "Ordered", properties: { total: 5, tags: ["x"] } },
  ],
  ["page", { anonymousId: "a-1", name: "Home", category: "Shop", properties: { path: "/" } }],
  ["screen", { userId: "ann", name: "Home", properties: {} }],
  ["group", { userId: "ann", groupId: "acme", traits: { plan: "gold" } }],
  ["alias", { userId: "ann", previousId: "a-1" }],
] as const)("stores what a %s call says and nothing that clients add", async (kind, said) => {
  const messageId = `m-${kind}`;
  const res = await tell(kind, { ...said, ...clientFields, type: kind, messageId });
  expect(res.status).toBe(202);
  expect(await res.json()).toEqual({ id: expect.stringMatching(/^evt_[0-9a-f]{32}$/) });
  expect(await storedEvents(ingress, { eventId: messageId })).toMatchObject([
    {
      _id: `ws_main/track/${messageId}`,
      source: "track",
      type: kind,
      state: "stored",
      occurredAt: new Date(at),
      lineUserId: null,
      body: { ...said, timestamp: at },
    },
  ]);
  const [row] = await storedEvents(ingress, { eventId: messageId });
  expect(Object.keys(row?.body ?? {}).sort()).toEqual([...Object.keys(said), "timestamp"].sort());
  expect(ingress.logged.join("\n")).not.toMatch(/a-write-key-4711|kept@nowhere/);
});

describe.each(kinds)("POST /v1/%s", (kind) => {
  it("takes one fact once by its message id, and by its Idempotency-Key", async () => {
    const messageId = `twice-${kind}`;
    const ids = [
      await jsonOf(tell(kind, { ...least[kind], messageId })),
      await jsonOf(tell(kind, { ...least[kind], messageId })),
    ];
    expect(ids[0]).toEqual(ids[1]);
    expect(await storedEvents(ingress, { eventId: messageId })).toHaveLength(1);
    const key = { "idempotency-key": `key-${kind}` };
    const before = (await storedEvents(ingress)).length;
    expect(await jsonOf(tell(kind, least[kind], key))).toEqual(
      await jsonOf(tell(kind, least[kind], key)),
    );
    expect(await storedEvents(ingress)).toHaveLength(before + 1);
  });

  const nobody = kind === "alias" ? "400 request_invalid userId" : "400 request_invalid";
  const told = (more: Record<string, unknown>) => ({ ...least[kind], ...more });
  const values = kind === "group" || kind === "alias" ? "traits" : "properties";
  it.each(
    named([
      [{ ...least[kind], userId: undefined }, nobody],
      [told({ userId: { $gt: "" } }), "400 type_invalid userId"],
      [told({ userId: 5 }), "400 type_invalid userId"],
      [told({ userId: " " }), "422 identifier_reserved userId"],
      [told({ userId: "[object Object]" }), "422 identifier_reserved userId"],
      [told({ userId: "Ｔｅｓｔ" }), "422 identifier_reserved userId"],
      [told({ userId: "a​b" }), "400 identifier_invalid userId"],
      [told({ userId: "u".repeat(256) }), "400 identifier_invalid userId"],
      [told({ anonymousId: "undefined" }), "422 identifier_reserved anonymousId"],
      [told({ messageId: "null" }), "422 identifier_reserved messageId"],
      [told({ [values]: [] }), `400 type_invalid ${values}`],
      [told({ timestamp: "2024-02-30T00:00:00Z" }), "400 date_invalid timestamp"],
      [told({ timestamp: 1_700_000_000 }), "400 date_invalid timestamp"],
      [told({ timestamp: "2999-01-01T00:00:00Z" }), "400 date_invalid timestamp"],
      [told({ type: "identify" }), "400 type_invalid type"],
      [told({ _id: "prof_1" }), "400 unknown_field _id"],
      [told({ mergedInto: "prof_1" }), "400 unknown_field mergedInto"],
      [told({ roles: [] }), "400 unknown_field roles"],
    ]),
  )("refuses %s", async (_body, body, expected) => {
    expect(await verdict(tell(kind, body))).toBe(expected);
  });
});

const properties = (given: unknown) => ({ ...least.track, properties: given });
it.each(
  named([
    [{ userId: "ann" }, "400 request_invalid event"],
    [{ userId: "ann", event: "" }, "400 request_invalid event"],
    [{ userId: "ann", event: { $ne: 1 } }, "400 type_invalid event"],
    [{ userId: "ann", event: "e".repeat(1_025) }, "422 limit_exceeded event"],
    [properties({ $where: "1" }), "400 key_invalid properties"],
    [properties({ deep: [{ "a.b": 1 }] }), "400 key_invalid properties.deep[0]"],
    [properties({ "": 1 }), "400 key_invalid properties"],
    [properties({ ["k".repeat(65)]: 1 }), "400 key_invalid properties"],
    [properties({ big: "x".repeat(4_097) }), "422 limit_exceeded properties.big"],
    [
      properties(Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`k${n}`, n]))),
      "422 limit_exceeded properties",
    ],
  ]),
)("refuses the event %s", async (_body, body, expected) => {
  expect(await verdict(tell("track", body))).toBe(expected);
});

it.each(
  named([
    [{ userId: "ann", previousId: "null" }, "422 identifier_reserved previousId"],
    [{ userId: "ann", previousId: "" }, "422 identifier_reserved previousId"],
    [{ userId: "ann", previousId: "p".repeat(256) }, "400 identifier_invalid previousId"],
    [{ userId: "ann" }, "400 request_invalid previousId"],
  ]),
)("refuses the alias %s", async (_body, body, expected) => {
  expect(await verdict(tell("alias", body))).toBe(expected);
});

it("keeps names composed, so that twins are one", async () => {
  await tell("alias", { userId: "rene\u0301", previousId: "e\u0301", messageId: "m-nfc" });
  const [row] = await storedEvents(ingress, { eventId: "m-nfc" });
  expect(row?.body).toMatchObject({ userId: "ren\u00e9", previousId: "\u00e9" });
});
