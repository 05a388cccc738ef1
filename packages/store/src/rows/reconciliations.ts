import { defineRows, field } from "../define-rows.ts";

/** What came of comparing who follows with LINE. */
export interface ReconciliationEnd {
  startedAt: Date;
  endedAt: Date;
  how: "list" | "sample";
  checked: number;
  listed: number;
  foundFollows: number;
  foundUnfollows: number;
  reason: string | null;
}

/** The regular check of one channel's friendships; one row per channel, whose id it has. Identity alone writes it. */
export interface ReconciliationRow {
  _id: string;
  workspaceId: string;
  /** `idle` between runs; `listing` LINE's followers; `checking` people here; `settling` until all of it is applied. */
  phase: "idle" | "listing" | "checking" | "settling";
  /** Grows with each run. */
  run: number;
  how: "list" | "sample";
  startedAt: Date | null;
  /** As of when LINE's list holds. */
  asOf: Date | null;
  /** LINE's token of the next page, and since when we have it. */
  start: string | null;
  startAt: Date | null;
  pages: number;
  pass: number;
  listed: number;
  /** The last profile looked at: the next run goes on there, so whoever was looked at longest ago comes first. */
  checkedAfter: string;
  checked: number;
  /** Profiles asked of LINE in this run. */
  asked: number;
  tries: number;
  reason: string | null;
  claim: string;
  claimedUntil: Date;
  nextAt: Date;
  last: ReconciliationEnd | null;
}

export const reconciliationRows = defineRows<ReconciliationRow>({
  collection: "reconciliations",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    phase: field.text,
    run: field.count,
    how: field.text,
    startedAt: field.maybeTime,
    asOf: field.maybeTime,
    start: field.maybeText,
    startAt: field.maybeTime,
    pages: field.count,
    pass: field.count,
    listed: field.count,
    checkedAfter: { type: String, default: "" },
    checked: field.count,
    asked: field.count,
    tries: field.count,
    reason: field.maybeText,
    claim: { type: String, default: "" },
    claimedUntil: field.time,
    nextAt: field.time,
    last: field.maybeNested,
  },
  indexes: [{ keys: { nextAt: 1 } }, { keys: { workspaceId: 1, _id: 1 } }],
});
