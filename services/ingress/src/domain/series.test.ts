import { limits, outcomes, seriesIntervals, type SeriesInterval } from "@yubin/types";
import { describe, expect, it } from "vitest";

import { createSeriesSum, type EndsInMinute, type Series } from "./series.ts";

const minuteOf = (time: string): number => Date.parse(time) / 60_000;
const start = minuteOf("2026-11-25T10:00Z"); // a Wednesday
const nothing = { accepted: 0, refused: 0, skipped: 0, cancelled: 0, unknown: 0 };

const seriesOf = (ends: readonly EndsInMinute[], asked?: SeriesInterval): Series => {
  const sum = createSeriesSum(asked);
  for (const one of ends) sum.add(one);
  return sum.series();
};
const accepted = (minute: number, count = 1): EndsInMinute => ({
  minute,
  outcome: "accepted",
  count,
});
const sums = ({ points }: Series) =>
  outcomes.map((name) => points.reduce((sum, point) => sum + point[name], 0));

it("is nothing where nothing ended", () => {
  expect(seriesOf([])).toEqual({ interval: "minute", points: [] });
});

it("adds up what ended in the same minute, in the order of time, and leaves out minutes of nothing", () => {
  expect(
    seriesOf([
      accepted(start + 3, 2),
      { minute: start, outcome: "skipped", count: 5 },
      accepted(start + 3, 3),
      { minute: start + 3, outcome: "unknown", count: 1 },
    ]),
  ).toEqual({
    interval: "minute",
    points: [
      { at: "2026-11-25T10:00:00.000Z", ...nothing, skipped: 5 },
      { at: "2026-11-25T10:03:00.000Z", ...nothing, accepted: 5, unknown: 1 },
    ],
  });
});

it.each([
  ["minute", 6 * 60 - 1],
  ["hour", 6 * 60],
  ["hour", 14 * 1_440 - 1],
  ["day", 14 * 1_440],
  ["day", limits.seriesPointsMax * 1_440 - 1],
  ["week", limits.seriesPointsMax * 1_440],
] as const)("is by %s where the last ended %i minutes after the first", (interval, later) => {
  const series = seriesOf([accepted(start + later, 7), accepted(start, 4)]);
  expect(series.interval).toBe(interval);
  expect(series.points.map((point) => point.accepted)).toEqual([4, 7]);
});

it.each([
  ["minute", "2026-11-25T10:07:00.000Z"],
  ["hour", "2026-11-25T10:00:00.000Z"],
  ["day", "2026-11-25T00:00:00.000Z"],
  ["week", "2026-11-23T00:00:00.000Z"],
] as const)("begins each %s where it begins by UTC", (interval, at) => {
  expect(seriesOf([accepted(minuteOf("2026-11-25T10:07Z"))], interval).points[0]?.at).toBe(at);
});

describe("with more points than it may have", () => {
  /** As a campaign of a throttle that is paused for days: ends in every minute of many days, out of order. */
  const many = Array.from({ length: 30_000 }, (_, n): EndsInMinute => ({
    minute: start + ((n * 7_919) % 30_000),
    outcome: outcomes[n % outcomes.length] ?? "accepted",
    count: 1 + (n % 3),
  }));
  const all = outcomes.map((name) =>
    many.reduce((sum, { outcome, count }) => sum + (outcome === name ? count : 0), 0),
  );

  it("takes a wider interval, and loses nobody", () => {
    const series = seriesOf(many);
    expect(series.interval).toBe("day");
    expect(sums(series)).toEqual(all);
  });

  it.each(seriesIntervals.slice(1))("loses nobody by %s", (interval) => {
    const series = seriesOf(many, interval);
    expect(series.interval).toBe(interval);
    expect(series.points.length).toBeLessThanOrEqual(limits.seriesPointsMax);
    expect(sums(series)).toEqual(all);
  });

  it("refuses an interval that is asked for and too narrow", () => {
    const minutes = (count: number) =>
      Array.from({ length: count }, (_, n) => accepted(start + 2 * n));
    expect(seriesOf(minutes(limits.seriesPointsMax), "minute").points).toHaveLength(
      limits.seriesPointsMax,
    );
    expect(() => seriesOf(minutes(limits.seriesPointsMax + 1), "minute")).toThrow(
      expect.objectContaining({ code: "param_invalid", field: "interval" }),
    );
  });
});
