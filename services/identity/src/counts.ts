import type { Metrics } from "@yubin/kit";
import { personCommands, trackFacts, type BackfillState } from "@yubin/types";

import { lineEventTypes } from "./domain/apply-line-event.ts";
import { isListing } from "./domain/listing-fact.ts";
import type { NameFetched } from "./domain/fetch-name.ts";
import type { EventEnd } from "./domain/inbox-event.ts";
import type { ReconciliationEnd } from "./domain/reconciliation.ts";

/** What identity says about itself on `/metrics`. */
export interface Counts {
  readonly applied: (ends: readonly EventEnd[], now: Date) => void;
  readonly failed: () => void;
  readonly contended: () => void;
  readonly fetched: (outcome: NameFetched | "gave_up") => void;
  readonly backfilled: (state: BackfillState) => void;
  readonly reconciled: (end: ReconciliationEnd) => void;
}

const lagBucketsSeconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export const createCounts = (metrics: Metrics): Counts => {
  const events = metrics.counter({
    name: "yubin_identity_events_total",
    help: "Events by type and by how they ended.",
    labels: ["type", "state", "reason"],
  });
  const lag = metrics.histogram({
    name: "yubin_identity_apply_lag_seconds",
    help: "From an event being stored to its effect being stored.",
    buckets: lagBucketsSeconds,
  });
  const failures = metrics.counter({
    name: "yubin_identity_event_failures_total",
    help: "Tries of events that failed by their own fault.",
  });
  const contentions = metrics.counter({
    name: "yubin_identity_contentions_total",
    help: "Rounds that were repeated since somebody else wrote about the same people.",
  });
  const names = metrics.counter({
    name: "yubin_identity_names_total",
    help: "Fetches of display names by outcome.",
    labels: ["outcome"],
  });
  const backfills = metrics.counter({
    name: "yubin_identity_backfills_total",
    help: "Imports of followers by how they ended.",
    labels: ["state"],
  });
  const reconciliations = metrics.counter({
    name: "yubin_identity_reconciliations_total",
    help: "Checks of who follows, by how they were made and whether they came to their end.",
    labels: ["how", "outcome"],
  });
  const missed = metrics.counter({
    name: "yubin_identity_missed_total",
    help: "Follows and unfollows that no webhook told of, found by a check.",
    labels: ["change"],
  });
  return {
    applied: (ends, now) => {
      for (const { event, state, reason } of ends) {
        const known =
          lineEventTypes.has(event.type) ||
          event.type === "identify" ||
          Object.hasOwn(trackFacts, event.type) ||
          Object.hasOwn(personCommands, event.type) ||
          isListing(event);
        events.inc({ type: known ? event.type : "unknown", state, reason: reason ?? "" });
        lag.observe(Math.max(0, now.getTime() - event.receivedAt.getTime()) / 1_000);
      }
    },
    failed: () => failures.inc(),
    contended: () => contentions.inc(),
    fetched: (outcome) => names.inc({ outcome }),
    backfilled: (state) => backfills.inc({ state }),
    reconciled: ({ how, reason, foundFollows, foundUnfollows }) => {
      reconciliations.inc({ how, outcome: reason ?? "done" });
      missed.inc({ change: "follow" }, foundFollows);
      missed.inc({ change: "unfollow" }, foundUnfollows);
    },
  };
};
