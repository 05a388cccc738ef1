import type { Metrics } from "./metrics.ts";

/** What a process can wait for. */
export type WaitedFor = "mongodb" | "redis" | "line";

/** Adds up how long a process has waited for other servers; waits that overlap count each. */
export type WaitClock = (on: WaitedFor, ms: number) => void;

/** Shows the sums as `yubin_wait_seconds_total`, so that who is slow is a number. */
export const createWaitClock = (metrics: Metrics): WaitClock => {
  const waits = metrics.counter({
    name: "yubin_wait_seconds_total",
    help: "Time that calls to other servers took, added up, by the server; overlapping calls count each.",
    labels: ["on"],
  });
  return (on, ms) => waits.inc({ on }, ms / 1_000);
};
