import { InvalidError } from "./lever-errors.ts";

/** The simulator's time: the machine's, plus whatever was skipped. */
export interface Clock {
  now(): number;
  /** Moves time forward, so that keys and tokens with a life of hours can be seen to expire. */
  advance(ms: number): void;
}

/** Opens a clock over the given source of milliseconds. */
export function createClock(source: () => number): Clock {
  let skippedMs = 0;
  return {
    now: () => source() + skippedMs,
    advance: (ms) => {
      if (!(ms >= 0)) throw new InvalidError("time only moves forward");
      skippedMs += ms;
    },
  };
}

const japanOffsetMs = 9 * 3_600_000;

/** The day in Japan as LINE's statistics name it, `yyyyMMdd`. */
export function lineDay(atMs: number): string {
  return new Date(atMs + japanOffsetMs).toISOString().slice(0, 10).replaceAll("-", "");
}

/** The month in Japan by which message quotas are counted, `yyyyMM`. */
export const lineMonth = (atMs: number): string => lineDay(atMs).slice(0, 6);
