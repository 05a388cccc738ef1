import { Failure } from "@yubin/errors";
import {
  limits,
  outcomes,
  seriesIntervals,
  type Outcome,
  type SeriesInterval,
  type SeriesPoint,
} from "@yubin/types";

/** How many deliveries ended in one minute since 1970, in one way. */
export interface EndsInMinute {
  readonly minute: number;
  readonly outcome: Outcome;
  readonly count: number;
}

export interface Series {
  readonly interval: SeriesInterval;
  /** In their order; an interval in which nothing ended has none. */
  readonly points: readonly SeriesPoint[];
}

const minutesIn: Readonly<Record<SeriesInterval, number>> = {
  minute: 1,
  hour: 60,
  day: 1_440,
  week: 10_080,
};
/** 1970 began on a Thursday. */
const firstMonday = 4 * 1_440;

/** A campaign that took longer, from the first end to the last, is shown by the next wider interval. */
const spanMaxMinutes: Readonly<Record<SeriesInterval, number>> = {
  minute: 6 * 60,
  hour: 14 * 1_440,
  day: limits.seriesPointsMax * 1_440,
  week: Infinity,
};

type Counts = Record<Outcome, number>;

export interface SeriesSum {
  add(ends: EndsInMinute): void;
  /** Fails with `param_invalid` where the interval that was asked for makes too many points. */
  series(): Series;
}

/**
 * Sums up ends by interval without ever holding many: by minutes first, and by what is wider as soon as they are too
 * many, unless an interval was asked for.
 */
export const createSeriesSum = (asked: SeriesInterval | undefined): SeriesSum => {
  let interval: SeriesInterval = asked ?? "minute";
  let points = new Map<number, Counts>();
  let [first, last] = [Infinity, -Infinity];
  const widen = (): void => {
    const wider = seriesIntervals[seriesIntervals.indexOf(interval) + 1];
    if (asked || !wider)
      throw new Failure(
        "param_invalid",
        `more than ${limits.seriesPointsMax} points: ask for a wider interval`,
        { field: "interval" },
      );
    const narrow = points;
    [interval, points] = [wider, new Map()];
    for (const [minute, counts] of narrow) {
      const sums = countsAt(points, startOf(minute, wider));
      for (const outcome of outcomes) sums[outcome] += counts[outcome];
    }
  };
  return {
    add: ({ minute, outcome, count }) => {
      [first, last] = [Math.min(first, minute), Math.max(last, minute)];
      countsAt(points, startOf(minute, interval))[outcome] += count;
      while (points.size > limits.seriesPointsMax) widen();
    },
    series: () => {
      if (!asked) while (last - first >= spanMaxMinutes[interval]) widen();
      const shown = [...points]
        .toSorted(([one], [other]) => one - other)
        .map(([minute, counts]) => ({ at: new Date(minute * 60_000).toISOString(), ...counts }));
      return { interval, points: shown };
    },
  };
};

const startOf = (minute: number, interval: SeriesInterval): number => {
  const width = minutesIn[interval];
  const offset = interval === "week" ? firstMonday : 0;
  return Math.floor((minute - offset) / width) * width + offset;
};

const countsAt = (points: Map<number, Counts>, at: number): Counts => {
  const known = points.get(at);
  if (known) return known;
  const counts = { accepted: 0, refused: 0, skipped: 0, cancelled: 0, unknown: 0 };
  points.set(at, counts);
  return counts;
};
