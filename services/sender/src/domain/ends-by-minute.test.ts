import { expect, it } from "vitest";

import type { Recipient } from "./batch.ts";
import { endsByMinute } from "./ends-by-minute.ts";

const ended = (outcome: Recipient["outcome"], settledAt: string): Recipient => ({
  ...(outcome === undefined ? {} : { outcome }),
  settledAt: new Date(settledAt),
});
const minuteOf = (time: string): number => Date.parse(time) / 60_000;

it("counts each end in the minute of its time, and nobody who waits", () => {
  const minute = minuteOf("2026-11-25T10:00Z");
  expect(
    endsByMinute([
      ended("accepted", "2026-11-25T10:00:00.000Z"),
      ended("accepted", "2026-11-25T10:00:59.999Z"),
      {},
      ended("skipped", "2026-11-25T10:00:30Z"),
      ended("accepted", "2026-11-25T10:00:01Z"),
      ended("accepted", "2026-11-25T10:01:00.000Z"),
      ended("unknown", "2026-11-26T09:00:00Z"),
    ]),
  ).toEqual([
    { minute, outcome: "accepted", count: 3 },
    { minute, outcome: "skipped", count: 1 },
    { minute: minute + 1, outcome: "accepted", count: 1 },
    { minute: minuteOf("2026-11-26T09:00Z"), outcome: "unknown", count: 1 },
  ]);
  expect(endsByMinute([{}, {}])).toEqual([]);
});

it("takes no end without a time: it would be missing in the series", () => {
  expect(() => endsByMinute([{ outcome: "accepted" }])).toThrow("at no time");
});
