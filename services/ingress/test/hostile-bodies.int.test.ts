import { gzipSync } from "node:zlib";
import { failures } from "@yubin/errors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  addChannel,
  callApi,
  postWebhook,
  startTestIngress,
  lineEvent,
  verdict,
  type TestChannel,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
let channel: TestChannel;
beforeAll(async () => {
  ingress = await startTestIngress();
  channel = await addChannel(ingress, { id: channelId });
});
afterAll(() => ingress[Symbol.asyncDispose]());

const channelId = "chan_00000000000000000000000000000001";
const lineUserId = `U${"a".repeat(32)}`;
const text = { type: "text", text: "hello" };

/** A body that each route takes, as far as it can be taken without asking LINE. */
const bodies: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "/v1/channels": {
    channelAccessToken: "t".repeat(40),
    channelId: "2000000000",
    channelSecret: "0".repeat(32),
    provider: "main",
    name: "Shop",
    setWebhook: false,
  },
  [`/v1/channels/${channelId}/credentials`]: {
    channelAccessToken: "t".repeat(40),
    channelSecret: "0".repeat(32),
  },
  "/v1/identify": {
    userId: "ann",
    anonymousId: "anon-1",
    traits: { email: "ann@example.com", address: { city: "Kyoto" }, tags: ["a"] },
    context: { line: { provider: "main", userId: lineUserId } },
    timestamp: "2026-01-01T00:00:00Z",
  },
  "/v1/track": { userId: "ann", event: "Ordered", properties: { total: 5 } },
  "/v1/page": { anonymousId: "anon-1", name: "Home", category: "Shop", properties: { path: "/" } },
  "/v1/screen": { userId: "ann", name: "Home" },
  "/v1/group": { userId: "ann", groupId: "acme", traits: { plan: "gold" } },
  "/v1/alias": { previousId: "anon-1", userId: "ann" },
  "/v1/messages": {
    to: { provider: "main", lineUserId },
    channelId,
    messages: [text],
    data: { order: { id: "7" } },
    campaignId: "spring",
    sendAt: "2099-01-01T00:00:00Z",
    purpose: "marketing",
    notificationDisabled: true,
  },
  "/v1/campaigns": {
    name: "Spring",
    channelId,
    content: { messages: [text], notificationDisabled: false },
    audience: { type: "refs", refs: ["user:ann"] },
    purpose: "marketing",
  },
  "/v1/api-keys": { scopes: ["read"], expiresAt: "2099-01-01T00:00:00Z" },
};
const routes = Object.keys(bodies);
const actions = ["launch", "pause", "resume", "cancel"].map(
  (action) => `/v1/campaigns/camp_00000000000000000000000000000001/${action}`,
);

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  verdict(callApi(ingress, ["POST", path], body, { headers }));
/** A body of the route with this written in as one more field. */
const withField = (path: string, field: string): string =>
  JSON.stringify(bodies[path]).replace(/\}$/, `,${field}}`);

describe.each(routes)("POST %s", (path) => {
  it.each([
    ["nothing", "", "400 json_invalid"],
    ["no JSON", "name=Ann", "400 json_invalid"],
    ["half of it", '{"name":', "400 json_invalid"],
    ["a BOM", "\uFEFF{}", "400 json_invalid"],
    ["UTF-16", Buffer.from("{}", "utf16le"), "400 json_invalid"],
    ["bytes that are no UTF-8", Buffer.from([0x22, 0xff, 0x22]), "400 json_invalid"],
    ["null", "null", "400 type_invalid"],
    ["a list", "[{}]", "400 type_invalid"],
    ["a text", '"x"', "400 type_invalid"],
    ["a number", "5", "400 type_invalid"],
    ["true", "true", "400 type_invalid"],
    ["33 levels", `${'{"a":'.repeat(33)}1${"}".repeat(33)}`, "400 json_too_deep"],
    ["10,000 lists", "[".repeat(10_000) + "]".repeat(10_000), "400 json_too_deep"],
    ["more than 256 KiB", JSON.stringify("x".repeat(262_144)), "413 body_too_large"],
  ])("refuses %s for a body", async (_what, body, expected) => {
    expect(await post(path, body)).toBe(expected);
  });

  it.each([
    ["a prototype", '"__proto__":{"admin":true}', "400 key_forbidden __proto__"],
    ["an escaped prototype", String.raw`"\u005f_proto__":{}`, "400 key_forbidden __proto__"],
    ["a constructor inside", '"x":{"constructor":{}}', "400 key_forbidden x.constructor"],
    ["a type of the database's", '"x":{"_bsontype":"Long"}', "400 key_forbidden x._bsontype"],
    ["a NUL", String.raw`"x":"a\u0000b"`, "400 unicode_invalid x"],
    ["half a character", String.raw`"x":"\ud800"`, "400 unicode_invalid x"],
    ["a number that cannot be kept", '"x":9007199254740993', "400 number_out_of_range x"],
    ["a number without end", '"x":1e400', "400 number_out_of_range x"],
    ["another workspace", '"workspaceId":"ws_other"', "400 unknown_field workspaceId"],
    ["an inner field", '"version":7', "400 unknown_field version"],
    ["a retry key", '"retryKey":"x"', "400 unknown_field retryKey"],
    ["a field of Object's", '"toString":1', "400 unknown_field toString"],
    ["an empty name", '"":1', "400 unknown_field"],
    ["a long name", `"${"k".repeat(1_000)}":1`, `400 unknown_field ${"k".repeat(200)}`],
  ])("refuses %s among its fields", async (_what, field, expected) => {
    expect(await post(path, withField(path, field))).toBe(expected);
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  });

  it("takes JSON in UTF-8 and nothing else", async () => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/json; charset=utf-16",
      "multipart/form-data; boundary=x",
    ])
      expect(await post(path, "{}", { "content-type": type })).toBe("415 content_type_unsupported");
    const zipped = gzipSync("{}");
    expect(await post(path, zipped, { "content-encoding": "gzip" })).toBe(
      "415 encoding_unsupported",
    );
  });

  it("names the workspace by the key alone", async () => {
    expect(await post(path, bodies[path], { "x-workspace-id": "ws_other" })).toBe(
      "400 unknown_field x-workspace-id",
    );
    expect(await post(`${path}?workspaceId=ws_other`, bodies[path])).toBe(
      "400 unknown_field workspaceId",
    );
  });

  it("answers any value in any place with a code of the table, and never with 500", async () => {
    const answers = await inTurn([...mutations(bodies[path])], async ({ at, body }) => ({
      at,
      answer: await post(path, body),
    }));
    for (const { at, answer } of answers) {
      const [status, code = ""] = answer.split(" ");
      const row = Object.entries(failures).find(([one]) => one === code);
      expect(String(row?.[1].status ?? 200), `${at}: ${answer}`).toBe(
        status?.replace(/^2\d\d$/, "200"),
      );
      expect(status, `${at}: ${answer}`).not.toBe("500");
    }
    // A purpose that is null is one that was never said.
    const wrongTypes = answers.filter(
      ({ at }) => /^[A-Za-z]+ = (null|5|\[)/.test(at) && at !== "purpose = null",
    );
    expect(wrongTypes.length).toBeGreaterThan(0);
    for (const { at, answer } of wrongTypes) expect(answer, at).toMatch(/^4\d\d [a-z_]+/);
  });
});

describe.each(actions)("POST %s", (path) => {
  it.each([
    ["no JSON", "x", "400 json_invalid"],
    ["null", "null", "400 type_invalid"],
    ["a list", "[]", "400 type_invalid"],
    ["a field", '{"state":"done"}', "400 unknown_field state"],
    ["a prototype", '{"__proto__":{}}', "400 key_forbidden __proto__"],
    ["more than a KiB", JSON.stringify("x".repeat(1_024)), "413 body_too_large"],
    ["an empty object", "{}", "404 not_found"],
    ["nothing", undefined, "404 not_found"],
  ])("looks at %s for a body before it acts", async (_what, body, expected) => {
    expect(await post(path, body)).toBe(expected);
  });
});

it("counts the last of equal keys", async () => {
  const body = withField("/v1/campaigns", '"name":"first","name":"second"');
  const res = await callApi(ingress, ["POST", "/v1/campaigns"], body);
  expect([res.status, await res.json()]).toMatchObject([201, { name: "second" }]);
});

it("still takes good bodies and webhooks after all of this", async () => {
  expect(await post("/v1/identify", bodies["/v1/identify"])).toBe("202");
  expect(await verdict(postWebhook(ingress, channel, [lineEvent()]))).toBe("200");
  expect(ingress.logged.join("\n")).not.toContain('"code":"internal"');
});

/** The machine that tests run on is small: a few at a time. */
const inTurn = async <Item, Result>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += 8)
    results.push(...(await Promise.all(items.slice(from, from + 8).map(ask))));
  return results;
};

const hostile: readonly unknown[] = [
  null,
  5,
  -1,
  1.5,
  true,
  "",
  " ",
  "null",
  "x".repeat(10_000),
  "\u202e\u200b",
  "a\r\nb: c",
  "{{ x | y }}{% include 'x' %}",
  [],
  [[]],
  [null],
  {},
  { $gt: "" },
  { $ref: "a", $id: "b" },
  { _bsontype: "Long" },
  { "a.b": 1, "": 2 },
];

/** The body with every value in it replaced by each hostile one, and every object given `$where` as well. */
function* mutations(
  value: unknown,
  at = "",
  rebuild: (changed: unknown) => unknown = (changed) => changed,
): Generator<{ readonly at: string; readonly body: unknown }> {
  if (at !== "")
    for (const changed of hostile)
      yield { at: `${at} = ${JSON.stringify(changed).slice(0, 40)}`, body: rebuild(changed) };
  if (typeof value !== "object" || value === null) return;
  yield { at: `${at} with $where`, body: rebuild({ ...value, $where: "1" }) };
  for (const [key, inner] of Object.entries(value)) {
    const put = (changed: unknown): unknown =>
      Array.isArray(value)
        ? value.map((item: unknown, index) => (String(index) === key ? changed : item))
        : { ...value, [key]: changed };
    yield* mutations(inner, at === "" ? key : `${at}.${key}`, (changed) => rebuild(put(changed)));
  }
}
