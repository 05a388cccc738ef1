import { expect, it } from "vitest";

import { quotaView } from "./quota.ts";

const view = (at: string, used: number, reserved = 0, limit: number | null = 1_000) =>
  quotaView({ limit, used, fetchedAt: new Date(at) }, { reserved, waiting: 0 });

it.each([
  // The middle of a month of 30 days, by Japan's clock.
  ["2026-11-15T15:00:00Z", 300, 0, { left: 700, forecast: 600, isShort: false }],
  ["2026-11-15T15:00:00Z", 300, 401, { left: 299, forecast: 1_001, isShort: true }],
  ["2026-11-15T15:00:00Z", 900, 200, { left: 0, forecast: 2_000, isShort: true }],
  // Its first hour, which counts as a day.
  ["2026-10-31T16:00:00Z", 10, 0, { left: 990, forecast: 300, isShort: false }],
  ["2026-11-30T14:59:59Z", 600, 0, { left: 400, forecast: 600, isShort: false }],
])("at %s with %i used and %i reserved", (at, used, reserved, expected) => {
  expect(view(at, used, reserved)).toMatchObject({ limit: 1_000, used, reserved, ...expected });
});

it("forecasts who waits for room, and leaves what they have not been granted", () => {
  const month = { limit: 1_000, used: 300, fetchedAt: new Date("2026-11-15T15:00:00Z") };
  expect(quotaView(month, { reserved: 100, waiting: 400 })).toMatchObject({
    reserved: 100,
    waiting: 400,
    left: 600,
    forecast: 1_100,
    isShort: true,
  });
});

it("is never short where LINE sets no limit", () => {
  expect(view("2026-11-02T00:00:00Z", 100_000, 0, null)).toMatchObject({
    limit: null,
    left: null,
    isShort: false,
  });
});
