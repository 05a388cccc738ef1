import type { BackfillState } from "@yubin/types";

import { defineRows, field } from "../define-rows.ts";

/** One import of a channel's followers. Ingress makes it and may cancel it; identity does it and writes how far it is. */
export interface BackfillRow {
  _id: string;
  workspaceId: string;
  channelId: string;
  dryRun: boolean;
  state: BackfillState;
  /** Why it failed, or what it waits for. */
  reason: string | null;
  /** Counts a channel's imports from 1. The next one is made when the last one has ended, so one at most runs. */
  seq: number;
  /** How often the listing had to be started, from 1. */
  pass: number;
  /** As of when those listed follow: shortly before the first page of this pass was asked for. */
  passStartedAt: Date | null;
  /** LINE's token of the next page, and since when we have it. */
  start: string | null;
  startAt: Date | null;
  /** Every page was read. */
  listed: boolean;
  pages: number;
  found: number;
  created: number;
  updated: number;
  unchanged: number;
  /** How often in a row LINE could not answer. */
  tries: number;
  /** Who works on it, and until when without a sign of life. */
  claim: string;
  claimedUntil: Date;
  /** When the sweeper may hand it over again; null once its numbers are final. */
  nextAt: Date | null;
  /** Up to which of its events people without a name were asked for; null while that is not due, or done. */
  namesAfter: string | null;
  startedAt: Date;
  endedAt: Date | null;
}

export const backfillRows = defineRows<BackfillRow>({
  collection: "backfills",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    channelId: field.id,
    dryRun: field.yes,
    state: field.text,
    reason: field.maybeText,
    seq: field.count,
    pass: field.count,
    passStartedAt: field.maybeTime,
    start: field.maybeText,
    startAt: field.maybeTime,
    listed: field.yes,
    pages: field.count,
    found: field.count,
    created: field.count,
    updated: field.count,
    unchanged: field.count,
    tries: field.count,
    claim: { type: String, default: "" },
    claimedUntil: field.time,
    nextAt: field.maybeTime,
    namesAfter: field.maybeText,
    startedAt: field.time,
    endedAt: field.maybeTime,
  },
  indexes: [{ keys: { channelId: 1, seq: 1 }, unique: true }, { keys: { nextAt: 1 } }],
});
