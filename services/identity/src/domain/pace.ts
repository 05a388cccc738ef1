import { setTimeout as pause } from "node:timers/promises";

export interface PaceOptions {
  readonly perSecond: number;
  readonly clock: () => number;
}

/** Resolves when it is the caller's turn: callers get turns at an even pace, in the order of asking. */
export type Pace = (signal: AbortSignal) => Promise<void>;

export const createPace = ({ perSecond, clock }: PaceOptions): Pace => {
  const gapMs = 1_000 / perSecond;
  let nextTurn = 0;
  return async (signal) => {
    const now = clock();
    const turn = Math.max(now, nextTurn);
    nextTurn = turn + gapMs;
    if (turn > now) await pause(turn - now, undefined, { signal });
  };
};
