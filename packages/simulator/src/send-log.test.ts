import { expect, it } from "vitest";
import { createSendLog } from "./send-log.ts";

const request = (n: number) => ({
  atMs: n,
  channelId: n % 2 === 0 ? "even" : "odd",
  endpoint: "push" as const,
  requestId: `r${n}`,
  retryKey: undefined,
  recipients: [`U${n}`],
  path: "/v2/bot/message/push",
  headers: { authorization: "Bearer secret", "content-type": "application/json" },
  body: {},
});

it("keeps the newest, in order", () => {
  const log = createSendLog(3);
  for (let n = 1; n <= 20; n += 1) log.add(request(n));
  expect(log.list().map((one) => one.atMs)).toEqual([18, 19, 20]);
  expect(log.list({ channelId: "odd" }).map((one) => one.atMs)).toEqual([19]);
  expect(log.list({ recipient: "U20" }).map((one) => one.atMs)).toEqual([20]);
});

it("shows how a request came, but no token", () => {
  const log = createSendLog(1);
  log.add(request(1));
  expect(log.list()[0]).toMatchObject({ headers: { "content-type": "application/json" } });
  expect(JSON.stringify(log.list())).not.toContain("secret");
});

it("keeps all of them, or none, when asked to", () => {
  const all = createSendLog(Number.POSITIVE_INFINITY);
  const none = createSendLog(0);
  for (let n = 1; n <= 20; n += 1) {
    all.add(request(n));
    none.add(request(n));
  }
  expect(all.list()).toHaveLength(20);
  expect(none.list()).toEqual([]);
});
