import type { Outcome } from "@yubin/types";

import type { Recipient } from "./batch.ts";

export interface EndsInMinute {
  /** Since 1970, in UTC. */
  readonly minute: number;
  readonly outcome: Outcome;
  readonly count: number;
}

const minuteMs = 60_000;

/** How many deliveries of a batch ended in each minute, counted afresh each time: a few rows, as batches take seconds. */
export const endsByMinute = (recipients: readonly Recipient[]): EndsInMinute[] => {
  const counts = new Map<string, { minute: number; outcome: Outcome; count: number }>();
  let last: { minute: number; outcome: Outcome; count: number } | undefined;
  for (const { outcome, settledAt } of recipients) {
    if (outcome === undefined) continue;
    if (!settledAt) throw new Error("a delivery ended at no time");
    const minute = Math.floor(settledAt.getTime() / minuteMs);
    // As a rule the end of the neighbour.
    if (last?.minute === minute && last.outcome === outcome) {
      last.count += 1;
      continue;
    }
    const key = `${minute} ${outcome}`;
    last = counts.get(key) ?? { minute, outcome, count: 0 };
    last.count += 1;
    counts.set(key, last);
  }
  return [...counts.values()];
};
