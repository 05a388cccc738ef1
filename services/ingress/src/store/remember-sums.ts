import { LRUCache } from "lru-cache";

import type { ClickSums, ClicksOf, SummedClicks } from "../domain/click.ts";

type OfCampaign = Extract<ClicksOf, { campaignId: string }>;

interface Remembered {
  readonly sum: Promise<SummedClicks>;
  /** Endless while the sum is made. */
  untilMs: number;
}

/** What takes less is made anew each time, so that the numbers of all but the largest campaigns are those of now. */
const quickMs = 1_000;
/** Whoever asks all the time costs the database a tenth of its time at most. */
const timesAsLong = 10;
const rememberMaxMs = 60_000;
const sumsMax = 1_000;

/**
 * Sums of many clicks are told for as long as they are worth it; all who ask while one is made wait for the same one.
 * Those of a message are made anew: they are few clicks, and whoever was erased is in no answer from memory.
 */
export const rememberSums = (
  { sum }: ClickSums,
  nowMs: () => number = () => performance.now(),
): ClickSums => {
  const known = new LRUCache<string, Remembered>({ max: sumsMax });
  const make = (key: string, of: OfCampaign): Promise<SummedClicks> => {
    const startedAt = nowMs();
    const made: Remembered = { sum: sum(of), untilMs: Infinity };
    known.set(key, made);
    const keepFor = (ms: number): void => {
      made.untilMs = nowMs() + ms;
    };
    made.sum.then(
      () => keepFor(worthMs(nowMs() - startedAt)),
      () => keepFor(0),
    );
    return made.sum;
  };
  return {
    sum: (of) => {
      if ("messageId" in of) return sum(of);
      const key = keyOf(of);
      const last = known.get(key);
      return last && last.untilMs > nowMs() ? last.sum : make(key, of);
    },
  };
};

const worthMs = (tookMs: number): number =>
  tookMs < quickMs ? 0 : Math.min(tookMs * timesAsLong, rememberMaxMs);

const keyOf = ({ workspaceId, campaignId, tracking }: OfCampaign): string =>
  JSON.stringify([workspaceId, campaignId, tracking]);
