import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { addPerson } from "./people.ts";
import { rawHttp } from "./raw-http.ts";
import {
  addChannel,
  addKey,
  adminKey,
  callApi,
  jsonOf,
  startTestIngress,
  verdict,
  type TestChannel,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
let channel: TestChannel;
let campaign: Record<string, unknown>;
beforeAll(async () => {
  ingress = await startTestIngress();
  channel = await addChannel(ingress);
  await addPerson(ingress, { row: { friendOf: [channel.id] } });
  campaign = campaignOf("Spring");
});
afterAll(() => ingress[Symbol.asyncDispose]());

const campaignOf = (name: string): Record<string, unknown> => ({
  name,
  channelId: channel.id,
  content: { messages: [{ type: "text", text: "hello" }] },
  audience: { type: "friends" },
});
const message = (): Record<string, unknown> => ({
  to: "user:ann",
  channelId: channel.id,
  messages: [{ type: "text", text: "hello" }],
});

let keys = 0;
const newKey = (): string => `key-${(keys += 1)}`;

const post = (
  path: string,
  body: unknown,
  idempotencyKey: string,
  { key, to = ingress }: { key?: string; to?: TestIngress } = {},
): Promise<Response> =>
  callApi(to, ["POST", path], body, {
    headers: { "idempotency-key": idempotencyKey },
    ...(key === undefined ? {} : { key }),
  });

const creating: readonly (readonly [string, () => unknown, number])[] = [
  ["/v1/campaigns", () => campaign, 201],
  ["/v1/messages", message, 202],
  ["/v1/identify", () => ({ userId: "ann" }), 202],
  ["/v1/api-keys", () => ({ scopes: ["read"] }), 201],
];

const busy = "409 in_progress 1";

describe.each(creating)("POST %s", (path, bodyOf, status) => {
  it("answers the same request under the same key with the stored answer", async () => {
    const key = newKey();
    const first = await post(path, bodyOf(), key);
    const text = await first.text();
    expect(first.status).toBe(status);
    for (let again = 0; again < 2; again += 1) {
      const res = await post(path, bodyOf(), key);
      expect([res.status, await res.text()]).toEqual([status, text]);
    }
    const other = await post(path, bodyOf(), newKey());
    expect(await other.text()).not.toBe(text);
  });

  it("refuses another body, another spelling and another path under the same key", async () => {
    const key = newKey();
    const body = bodyOf();
    expect(await verdict(post(path, body, key))).toBe(String(status));
    const elsewhere = creating.find(([one]) => one !== path);
    for (const [to, other] of [
      [path, changed(body)],
      [path, ` ${JSON.stringify(body)}`],
      [elsewhere?.[0] ?? "", elsewhere?.[1]()],
    ] as const)
      expect(await verdict(post(to, other, key))).toBe("409 idempotency_mismatch");
  });

  it("runs once for fifty that come at once, at two replicas", async () => {
    await using other = await startTestIngress({ beside: ingress });
    const key = newKey();
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, at) => {
        const res = await post(path, bodyOf(), key, { to: at % 2 === 0 ? ingress : other });
        const body = await jsonOf<{ id?: string; error?: { code: string } }>(res);
        return [res.status, body.error?.code ?? body.id, res.headers.get("retry-after")].join(" ");
      }),
    );
    // Where the store was late, the first is still at work when all others have been answered.
    await expect.poll(() => verdict(post(path, bodyOf(), key))).toBe(String(status));
    const { id } = await jsonOf<{ id: string }>(post(path, bodyOf(), key));
    const made = `${status} ${id} `;
    expect(new Set([...answers, made, busy])).toEqual(new Set([made, busy]));
  });

  it("is independent of the same key in another workspace", async () => {
    const key = newKey();
    const workspaceId = `ws_${key}`;
    const stranger = await addKey(ingress, { workspaceId });
    const theirs = await addChannel(ingress, { workspaceId });
    const mine = await jsonOf<{ id: string }>(post(path, bodyOf(), key));
    const body = { ...(bodyOf() as object) };
    if ("channelId" in body) body.channelId = theirs.id;
    const other = await post(path, body, key, { key: stranger });
    expect(other.status).toBe(status);
    expect((await jsonOf<{ id: string }>(other)).id).not.toBe(mine.id);
  });
});

/** As valid as it was, with one value changed. */
const changed = (body: unknown): string =>
  JSON.stringify(body)
    .replace(/hello|ann(?=")/, "other")
    .replace('"read"', '"send"');

it("remembers an answer that holds a secret, but keeps it sealed", async () => {
  const key = newKey();
  const made = await jsonOf<{ key: string }>(post("/v1/api-keys", { scopes: ["read"] }, key));
  expect(await jsonOf(post("/v1/api-keys", { scopes: ["read"] }, key))).toEqual(made);
  const rows = await ingress.store.idempotency.find({}).toArray();
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toContain(made.key);
});

it.each([
  ["empty", ""],
  ["256 characters", "k".repeat(256)],
  ["a space inside", "a b"],
  ["an accent", "caf\u00e9"],
  ["an emoji in bytes", Buffer.from("🍎").toString("latin1")],
])("refuses an Idempotency-Key that is %s", async (_what, key) => {
  expect(await verdict(post("/v1/campaigns", campaign, key))).toBe("400 idempotency_key_invalid");
});

it("takes any visible ASCII up to 255 characters, and one key only", async () => {
  for (const key of ["!", "~", `"'$.{}/\\:,;`, "__proto__", "k".repeat(255)])
    expect(await verdict(post("/v1/campaigns", campaign, key))).toBe("201");
  const bytes = JSON.stringify(campaign);
  const head = [
    "POST /v1/campaigns HTTP/1.1",
    "host: x",
    `authorization: Bearer ${adminKey}`,
    "content-type: application/json",
    "idempotency-key: one",
    "idempotency-key: two",
    `content-length: ${bytes.length}`,
    "connection: close",
  ].join("\r\n");
  const { text } = await rawHttp(ingress.port, `${head}\r\n\r\n${bytes}`);
  expect(text).toMatch(/^HTTP\/1\.1 400 [^]*idempotency_key_invalid/);
});

it("forgets what failed, so that the key can be used again", async () => {
  const key = newKey();
  const absent = { ...campaign, channelId: "chan_x" };
  expect(await verdict(post("/v1/campaigns", absent, key))).toBe("404 not_found channelId");
  expect(await verdict(post("/v1/campaigns", { ...campaign, name: 5 }, key))).toBe(
    "400 type_invalid name",
  );
  expect(await verdict(post("/v1/campaigns", campaign, key))).toBe("201");
});

it("tells who comes while the first is at work, and takes over from one that died", async () => {
  const key = newKey();
  const first = await jsonOf<{ id: string }>(post("/v1/campaigns", campaign, key));
  const row = { _id: `ws_main/${key}` };
  const died = (lockedUntil: Date) =>
    ingress.store.idempotency.updateOne(row, { $set: { answer: null, lockedUntil } });
  await died(new Date(Date.now() + 60_000));
  const refused = await post("/v1/campaigns", campaign, key);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(await verdict(refused)).toBe("409 in_progress");

  await died(new Date(Date.now() - 1));
  const again = await post("/v1/campaigns", campaign, key);
  expect([again.status, (await jsonOf<{ id: string }>(again)).id]).toEqual([201, first.id]);
  expect(await ingress.store.campaigns.countDocuments({ _id: first.id })).toBe(1);
});

it("is forgotten after a day, but ids made under it stay taken", async () => {
  const key = newKey();
  const first = await jsonOf<{ id: string }>(post("/v1/campaigns", campaign, key));
  await ingress.store.idempotency.updateOne(
    { _id: `ws_main/${key}` },
    { $set: { expireAt: new Date(Date.now() - 1) } },
  );
  expect((await jsonOf<{ id: string }>(post("/v1/campaigns", campaign, key))).id).toBe(first.id);
  await ingress.store.idempotency.deleteOne({ _id: `ws_main/${key}` });
  expect(await verdict(post("/v1/campaigns", campaignOf("Autumn"), key))).toBe(
    "409 idempotency_mismatch",
  );
});

it("makes one message of one campaign, step and person, whoever asks and without a key", async () => {
  const step = { ...message(), campaignId: "spring", step: "1" };
  const [one, two] = await Promise.all([
    jsonOf<{ id: string }>(callApi(ingress, ["POST", "/v1/messages"], step)),
    jsonOf<{ id: string }>(callApi(ingress, ["POST", "/v1/messages"], step)),
  ]);
  expect(one.id).toMatch(/^msg_/);
  expect(two).toEqual(one);
  const other = { ...step, messages: [{ type: "text", text: "other" }] };
  expect(await verdict(callApi(ingress, ["POST", "/v1/messages"], other))).toBe(
    "409 idempotency_mismatch",
  );
  const next = await callApi(ingress, ["POST", "/v1/messages"], { ...step, step: "2" });
  expect((await jsonOf<{ id: string }>(next)).id).not.toBe(one.id);
});

it("launches once under one key, and cancels under another", async () => {
  const { id } = await jsonOf<{ id: string }>(post("/v1/campaigns", campaign, newKey()));
  const key = newKey();
  const launch = `/v1/campaigns/${id}/launch`;
  const text = await (await post(launch, undefined, key)).text();
  expect(JSON.parse(text)).toMatchObject({ id, state: "planning" });
  expect(await verdict(post(`/v1/campaigns/${id}/cancel`, undefined, key))).toBe(
    "409 idempotency_mismatch",
  );
  expect(await verdict(post(`/v1/campaigns/${id}/cancel`, undefined, newKey()))).toBe("200");
  expect(await (await post(launch, undefined, key)).text()).toBe(text);
});
