import type { Metrics } from "@yubin/kit";

import type { Delivered } from "./domain/deliver-batch.ts";

/** What the sender says about itself on `/metrics`. */
export interface Counts {
  readonly called: (method: string, answer: string, durationMs: number) => void;
  readonly delivered: (lane: string, delivered: Delivered) => void;
  readonly waited: (waitMs: number) => void;
  readonly inFlight: (read: () => number) => void;
}

export const createCounts = (metrics: Metrics): Counts => {
  const calls = metrics.counter({
    name: "yubin_sender_line_calls_total",
    help: "Calls to LINE by what was answered.",
    labels: ["method", "answer"],
  });
  const durations = metrics.histogram({
    name: "yubin_sender_line_call_seconds",
    help: "How long LINE took to answer.",
    labels: ["method"],
  });
  const waits = metrics.counter({
    name: "yubin_sender_pacing_wait_seconds_total",
    help: "Time that batches waited for permission to call.",
  });
  const batches = metrics.counter({
    name: "yubin_sender_batches_total",
    help: "Work on batches by lane and by what became of it.",
    labels: ["lane", "outcome"],
  });
  const people = metrics.counter({
    name: "yubin_sender_people_total",
    help: "Recipients of settled batches by outcome.",
    labels: ["lane", "outcome"],
  });
  return {
    called: (method, answer, durationMs) => {
      calls.inc({ method, answer });
      durations.observe({ method }, durationMs / 1_000);
    },
    delivered: (lane, delivered) => {
      batches.inc({ lane, outcome: delivered.kind });
      if (delivered.kind !== "settled" && delivered.kind !== "poisoned") return;
      const byOutcome = Object.groupBy(
        delivered.batch.recipients,
        ({ outcome }) => outcome ?? "queued",
      );
      for (const [outcome, group] of Object.entries(byOutcome))
        people.inc({ lane, outcome }, group.length);
    },
    waited: (waitMs) => waits.inc(waitMs / 1_000),
    inFlight: (read) => {
      metrics.gauge({
        name: "yubin_sender_line_calls_in_flight",
        help: "Calls to LINE that wait for an answer.",
        collect: (gauge) => gauge.set(read()),
      });
    },
  };
};
