import type { Job } from "bullmq";

const pauseMaxMs = 60_000;

/** Doubles from the contract's first pause up to a minute; the random half keeps jobs that failed together apart. */
export const backoffMs = (
  attemptsMade: number,
  _type?: string,
  _error?: Error,
  job?: Pick<Job, "opts">,
): number => {
  const backoff = job?.opts.backoff;
  const first = typeof backoff === "object" ? (backoff.delay ?? 1_000) : 1_000;
  const pause = Math.min(first * 2 ** (attemptsMade - 1), pauseMaxMs);
  return Math.round(pause * (0.5 + Math.random() / 2));
};
