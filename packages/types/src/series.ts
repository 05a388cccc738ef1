import type { Outcome } from "./messages.ts";

/** How wide a point of a series is; by UTC, weeks from Monday on. */
export const seriesIntervals = ["minute", "hour", "day", "week"] as const;
export type SeriesInterval = (typeof seriesIntervals)[number];

/** How many people's deliveries ended in one interval, by outcome. */
export type SeriesPoint = Readonly<Record<Outcome, number>> & {
  /** When the interval begins. */
  readonly at: string;
};
