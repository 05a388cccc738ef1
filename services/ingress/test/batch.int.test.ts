import type { BatchView } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

import { newLineUserId } from "./people.ts";
import {
  addChannel,
  addKey,
  callApi,
  jsonOf,
  metricsOf,
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

const post = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  callApi(ingress, ["POST", "/v1/batch"], body, { headers });
const batch = (...rows: readonly unknown[]): Promise<Response> => post({ batch: rows });
const track = (messageId: string, more: Record<string, unknown> = {}) => ({
  type: "track",
  userId: "ann",
  event: "Ordered",
  messageId,
  ...more,
});
const rowsOf = (prefix: string) => storedEvents(ingress, { eventId: { $regex: `^${prefix}-` } });
const id = expect.stringMatching(/^evt_[0-9a-f]{32}$/) as string;

it("takes calls of every kind, and says the id of each in its place", async () => {
  const line = { provider: "main", userId: newLineUserId() };
  const res = await post({
    batch: [
      { type: "identify", userId: "ann", traits: { a: 1 }, context: { line }, messageId: "all-1" },
      track("all-2"),
      { type: "page", userId: "ann", name: "Home", messageId: "all-3" },
      { type: "screen", userId: "ann", name: "Home", messageId: "all-4" },
      { type: "group", userId: "ann", groupId: "acme", messageId: "all-5" },
      { type: "alias", userId: "ann", previousId: "a-1", messageId: "all-6" },
    ],
    writeKey: "a-write-key",
    sentAt: new Date().toISOString(),
    context: { library: { name: "x" } },
    integrations: {},
    _metadata: {},
  });
  expect(res.status).toBe(202);
  const answer = (await res.json()) as BatchView;
  expect(answer).toEqual({
    data: Array.from({ length: 6 }, () => ({ status: 202, id })),
    stored: 6,
    duplicates: 0,
    refused: 0,
  });
  const rows = await rowsOf("all");
  expect(rows.map(({ type }) => type)).toEqual([
    "identify",
    "track",
    "page",
    "screen",
    "group",
    "alias",
  ]);
  expect(rows[0]).toMatchObject({ lineUserId: line.userId, state: "stored" });
  expect(await jsonOf(callApi(ingress, ["POST", "/v1/track"], track("all-2")))).toEqual({
    id: (answer.data[1] as { id: string }).id,
  });
});

/** Raw JSON, for what `JSON.stringify` would not write. */
const rawRow = (messageId: string, field: string): string =>
  `{"type":"track","userId":"ann","event":"Ordered","messageId":"${messageId}","properties":{${field}}}`;

it("does not let a bad row stop the others, whatever is wrong with it", async () => {
  const bad: [row: unknown, expected: string][] = [
    [null, "400 type_invalid undefined"],
    ["track", "400 type_invalid undefined"],
    [[], "400 type_invalid undefined"],
    [{}, "400 request_invalid type"],
    [{ type: "dance", userId: "ann" }, "400 type_invalid type"],
    [{ type: "constructor", userId: "ann" }, "400 type_invalid type"],
    [{ type: { $ne: 1 } }, "400 type_invalid type"],
    [track("bad-1", { userId: undefined }), "400 request_invalid undefined"],
    [track("bad-2", { userId: { $gt: "" } }), "400 type_invalid userId"],
    [track("bad-3", { userId: "null" }), "422 identifier_reserved userId"],
    [track("bad-4", { properties: { $set: 1 } }), "400 key_invalid properties"],
    [track("bad-5", { timestamp: "2999-01-01T00:00:00Z" }), "400 date_invalid timestamp"],
    [track("bad-6", { workspaceId: "ws_other" }), "400 unknown_field workspaceId"],
    [{ type: "identify", messageId: "bad-7", traits: {} }, "400 request_invalid undefined"],
    [
      { type: "identify", userId: "a", traits: { email: "no" }, messageId: "bad-8" },
      "400 email_invalid traits.email",
    ],
    [
      {
        type: "identify",
        userId: "a",
        context: { line: { provider: "other", userId: newLineUserId() } },
        messageId: "bad-9",
      },
      "422 provider_unknown context.line.provider",
    ],
  ];
  const raw: [row: string, expected: string][] = [
    [rawRow("bad-10", '"__proto__":{"admin":true}'), "400 key_forbidden properties.__proto__"],
    [rawRow("bad-11", String.raw`"x":"\ud800"`), "400 unicode_invalid properties.x"],
    [rawRow("bad-12", String.raw`"x":"a\u0000"`), "400 unicode_invalid properties.x"],
    [rawRow("bad-13", '"x":9007199254740993'), "400 number_out_of_range properties.x"],
  ];
  const rows = [
    JSON.stringify(track("good-1")),
    ...bad.map(([row]) => JSON.stringify(row)),
    ...raw.map(([row]) => row),
    "1e400",
    JSON.stringify(track("good-2")),
  ];
  const res = await post(`{"batch":[${rows.join(",")}]}`);
  expect(res.status).toBe(207);
  const { data, ...counts } = (await res.json()) as BatchView;
  const expected = [...bad, ...raw].map(([, verdictOf]) => verdictOf);
  expect(
    data.map((row) =>
      "error" in row ? `${row.status} ${row.error.code} ${row.error.field}` : row.status,
    ),
  ).toEqual([202, ...expected, "400 number_out_of_range undefined", 202]);
  expect(counts).toEqual({ stored: 2, duplicates: 0, refused: expected.length + 1 });
  expect((await rowsOf("good")).map(({ eventId }) => eventId)).toEqual(["good-1", "good-2"]);
  expect(await rowsOf("bad")).toEqual([]);
  expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  expect(await metricsOf(ingress)).toMatch(
    /yubin_ingress_batch_rows_refused_total\{code="unicode_invalid",[^}]*\} 2\n/,
  );
});

it("answers 207 also where no row is taken, so that no client sends them again", async () => {
  const res = await batch({ type: "track" });
  expect([res.status, ((await res.json()) as BatchView).refused]).toEqual([207, 1]);
});

it("takes one fact once: the first of a batch, and nothing of a batch that is repeated", async () => {
  const rows = [
    track("dup-1", { event: "" }),
    track("dup-1", { event: "First" }),
    track("dup-2"),
    track("dup-1", { event: "Second" }),
  ];
  const first = await jsonOf<BatchView>(batch(...rows));
  expect(first.data.map(({ status }) => status)).toEqual([400, 202, 202, 200]);
  expect(first).toMatchObject({ stored: 2, duplicates: 1, refused: 1 });
  expect(first.data[1]).toMatchObject({ id: (first.data[3] as { id: string }).id });
  const again = await jsonOf<BatchView>(batch(...rows));
  expect(again.data.map(({ status }) => status)).toEqual([400, 200, 200, 200]);
  expect((await rowsOf("dup")).map(({ body }) => body["event"])).toEqual(["First", "Ordered"]);
});

it("stores rows about one person in the order told, with times that say so", async () => {
  const same = new Date(Date.now() - 60_000).toISOString();
  await batch(
    ...["c", "a", "b"].map((one) => track(`order-${one}`, { timestamp: same })),
    ...["f", "d", "e"].map((one) => track(`order-${one}`)),
  );
  const inTime = (await rowsOf("order")).toSorted(
    (one, other) => one.occurredAt.getTime() - other.occurredAt.getTime(),
  );
  expect(inTime.map(({ eventId }) => eventId.slice(-1)).join("")).toBe("cabfde");
  const times = inTime.map(({ occurredAt }) => occurredAt.getTime());
  expect(new Set(times).size).toBe(6);
  expect(inTime.every(({ occurredAt, receivedAt }) => occurredAt <= receivedAt)).toBe(true);
});

it("takes 1,000 rows and not one more", async () => {
  const rows = (count: number) =>
    Array.from({ length: count }, (_, n) => track(`many-${n}`, { userId: `u${n % 7}` }));
  expect(await verdict(batch(...rows(1_001)))).toBe("413 batch_too_large batch");
  expect(await rowsOf("many")).toEqual([]);
  expect(await jsonOf(batch(...rows(1_000)))).toMatchObject({ stored: 1_000, refused: 0 });
  expect(await rowsOf("many")).toHaveLength(1_000);
});

it("takes as many bytes as Segment's clients put into one batch, which is more than elsewhere", async () => {
  const big = Array.from({ length: 120 }, (_, n) =>
    track(`big-${n}`, { properties: { text: "x".repeat(4_000) } }),
  );
  expect(JSON.stringify({ batch: big }).length).toBeGreaterThan(480_000);
  expect(await jsonOf(batch(...big))).toMatchObject({ stored: 120 });
  expect(await verdict(post(JSON.stringify({ batch: ["x".repeat(524_288)] })))).toBe(
    "413 body_too_large",
  );
});

it.each([
  [{}, "400 request_invalid batch"],
  [{ batch: {} }, "400 type_invalid batch"],
  [{ batch: null }, "400 type_invalid batch"],
  [{ batch: [], rows: [] }, "400 unknown_field rows"],
  [{ batch: [], workspaceId: "ws_other" }, "400 unknown_field workspaceId"],
  ['{"batch":[],"x":"\\ud800"}', "400 unicode_invalid x"],
  ['{"batch":[],"__proto__":{}}', "400 key_forbidden __proto__"],
  [`{"batch":[${"[".repeat(40)}${"]".repeat(40)}]}`, "400 json_too_deep"],
  [[], "400 type_invalid"],
  [{ batch: [] }, "202"],
])("answers the batch %j", async (body, expected) => {
  expect(await verdict(post(body))).toBe(expected);
});

it("repeats its answer under an Idempotency-Key, where each row is a fact of its own", async () => {
  const rows = {
    batch: [
      { type: "track", userId: "ida", event: "A" },
      { type: "track", userId: "ida", event: "A" },
    ],
  };
  const key = { "idempotency-key": "batch-key" };
  const first = await jsonOf<BatchView>(post(rows, key));
  expect(await jsonOf(post(rows, key))).toEqual(first);
  expect(first).toMatchObject({ stored: 2 });
  expect(await storedEvents(ingress, { "body.userId": "ida" })).toHaveLength(2);
});

it("wants a key with the scope track, and keeps workspaces apart", async () => {
  const rows = { batch: [track("mine-1")] };
  const reader = await addKey(ingress, { scopes: ["read"] });
  expect(await verdict(callApi(ingress, ["POST", "/v1/batch"], rows, { key: reader }))).toBe(
    "403 scope_missing",
  );
  const other = await addKey(ingress, { workspaceId: "ws_other", scopes: ["track"] });
  await batch(...rows.batch);
  expect(await jsonOf(callApi(ingress, ["POST", "/v1/batch"], rows, { key: other }))).toMatchObject(
    { stored: 1 },
  );
  expect((await rowsOf("mine")).map(({ workspaceId }) => workspaceId).sort()).toEqual([
    "ws_main",
    "ws_other",
  ]);
});
