import { expect, it } from "vitest";
import { countRequest, newWebhookCounts, statsOf } from "./webhook-stats.ts";

it("sums channels and tells durations to the millisecond", () => {
  const one = { ...newWebhookCounts(), events: 3, delivered: 1, givenUp: 1 };
  const other = { ...newWebhookCounts(), events: 2, delivered: 2 };
  for (let ms = 1; ms <= 99; ms += 1) countRequest(one, "200", ms);
  countRequest(other, "timeout", 999_999);
  const stats = statsOf([one, other]);
  expect(stats).toMatchObject({ events: 5, delivered: 3, givenUp: 1, pending: 1, requests: 100 });
  expect(stats.answers).toEqual({ "200": 99, timeout: 1 });
  expect(stats.durationMs).toEqual({ p50: 50, p99: 99, max: 5_000 });
});
