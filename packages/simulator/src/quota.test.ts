import { expect, it } from "vitest";
import { createQuota } from "./quota.ts";

it("counts to the limit, and from zero in a new month of Japan", () => {
  const time = { ms: Date.parse("2026-01-31T14:59:59Z") };
  const quota = createQuota(() => time.ms);
  const channel = { channelId: "c", plan: { type: "limited", value: 10 } } as const;
  quota.spend("c", 8);
  expect(quota.hasRoom(channel, 2)).toBe(true);
  expect(quota.hasRoom(channel, 3)).toBe(false);
  expect(quota.hasRoom({ channelId: "c", plan: { type: "none" } }, 1_000)).toBe(true);
  time.ms += 1_000;
  expect(quota.usage("c")).toBe(0);
});

it("lets a send through that reaches nobody, however little is left", () => {
  const quota = createQuota(() => 0);
  expect(quota.hasRoom({ channelId: "c", plan: { type: "limited", value: 0 } }, 0)).toBe(true);
});
