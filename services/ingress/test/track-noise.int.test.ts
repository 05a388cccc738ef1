import { identifyRequest, trackFacts } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

import { addPerson } from "./people.ts";
import { addChannel, callApi, startTestIngress, storedEvents, type TestIngress } from "./setup.ts";

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startTestIngress();
  await addChannel(ingress, { provider: "main" });
  await addPerson(ingress, { externalId: "ann", email: "ann@example.com" });
});
afterAll(() => ingress[Symbol.asyncDispose]());

const seed = 20_261_126;
const requests = 1_500;

/** The same numbers from the same seed: mulberry32. */
const randomFrom = (start: number): (() => number) => {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
const random = randomFrom(seed);
const oneOf = <Value>(values: readonly Value[]): Value =>
  values[Math.floor(random() * values.length)] as Value;

const lineUserId = `U${"c".repeat(32)}`;
const strange: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e21,
  "",
  " ",
  "null",
  "ann",
  "ann@example.com",
  "a\u200b",
  "x".repeat(5_000),
  "2026-01-01T00:00:00Z",
  "2026-01-01",
  1_767_323_045,
  lineUserId,
  "main",
  [],
  {},
  [[{}]],
  { $gt: "" },
  { "a.b": 1 },
  { line: { provider: "main", userId: lineUserId } },
  { line: 5 },
  { toString: 1, hasOwnProperty: null },
  { id: "ann" },
];
const names = [
  ..."userId anonymousId previousId groupId event name category type traits properties".split(" "),
  ..."context timestamp messageId sentAt integrations writeKey batch id email cio_id".split(" "),
  ..."anonymous_id line_id line_provider created_at _update data primary secondary".split(" "),
  ..."toString length valueOf then toJSON $set a.b".split(" "),
];
const fields = (): Record<string, unknown> =>
  Object.fromEntries(
    Array.from({ length: Math.floor(random() * 5) }, () => [oneOf(names), oneOf(strange)]),
  );
/** What each kind needs at the least. */
const least: Readonly<Record<string, Record<string, unknown>>> = {
  identify: {},
  track: { event: "E" },
  page: {},
  screen: {},
  group: { groupId: "g" },
  alias: { previousId: "p" },
};
const kinds = Object.keys(least);
const call = (type: string): unknown =>
  random() < 0.1 ? oneOf(strange) : { userId: "ann", ...least[type], type, ...fields() };
const row = (): unknown => call(oneOf(kinds));

const request = (): readonly [method: string, path: string, body: unknown] => {
  const id = encodeURIComponent(oneOf(["ann", "ann@example.com", "cio_prof_1", " ", "🍎"]));
  return oneOf<() => readonly [string, string, unknown]>([
    () => {
      const kind = oneOf(kinds);
      return ["POST", `/v1/${kind}`, call(kind)];
    },
    () => ["POST", "/v1/batch", { batch: Array.from({ length: 5 }, row), ...fields() }],
    () => ["POST", "/v1/batch", { batch: Array.from({ length: 5 }, row) }],
    () => ["PUT", `/api/v1/customers/${id}`, fields()],
    () => ["POST", `/api/v1/customers/${id}/events`, { name: "E", ...fields() }],
    () => ["POST", "/api/v1/events", { name: "E", ...fields() }],
    () => ["POST", "/api/v1/merge_customers", { primary: {}, ...fields() }],
  ])();
};

it(`answers noise with 2xx and 4xx alone, and stores only what identity can read (seed ${seed})`, async () => {
  const statuses = new Map<number, number>();
  for (let sent = 0; sent < requests; sent += 1) {
    const [method, path, body] = request();
    const res = await callApi(ingress, [method, path], body);
    const text = await res.text();
    statuses.set(res.status, (statuses.get(res.status) ?? 0) + 1);
    expect({ refusedAtMost: res.status < 500, method, path, body, text }).toMatchObject({
      refusedAtMost: true,
    });
  }
  for (const status of [200, 202, 207, 400, 422])
    expect(statuses.get(status) ?? 0, String(status)).toBeGreaterThan(5);

  const rows = await storedEvents(ingress, { source: "track" });
  const readers = { ...trackFacts, identify: identifyRequest.loose() };
  const types = new Set(rows.map(({ type }) => type));
  expect([...types].sort()).toEqual(kinds.toSorted());
  for (const { type, body, state } of rows) {
    const read = readers[type as keyof typeof readers].safeParse(body);
    expect([type, body, read.success, state]).toEqual([type, body, true, "stored"]);
  }
  expect(ingress.logged.join("\n")).not.toContain('"code":"internal"');
});
