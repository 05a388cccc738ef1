import type { EstimateCounts } from "@yubin/types";

import { defineRows, field } from "../define-rows.ts";

/** The last estimate of a campaign (`_id` = the campaign's). */
export interface EstimateRow {
  _id: string;
  workspaceId: string;
  /** A hash of what was estimated: of another audience it is no answer. */
  of: string;
  /** Each time it is asked anew; whoever counts for an earlier one writes nothing. */
  run: string;
  state: "counting" | "done" | "failed";
  reason: string | null;
  looked: number;
  total: number | null;
  counts: EstimateCounts | null;
  claim: { token: string; until: Date } | null;
  /** When the sweeper hands it to the queue (again); null once it has ended. */
  nextAt: Date | null;
  askedAt: Date;
  endedAt: Date | null;
  expireAt: Date;
}

export const estimateRows = defineRows<EstimateRow>({
  collection: "estimates",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    of: field.id,
    run: field.id,
    state: field.text,
    reason: field.maybeText,
    looked: field.count,
    total: { type: Number, default: null },
    counts: field.maybeNested,
    claim: field.maybeNested,
    nextAt: field.maybeTime,
    askedAt: field.time,
    endedAt: field.maybeTime,
    expireAt: field.time,
  },
  indexes: [{ keys: { nextAt: 1 } }, { keys: { expireAt: 1 }, expireAfterSeconds: 0 }],
});
