import type { ImportFormat, ImportState } from "@yubin/types";

import { defineRows, field } from "../define-rows.ts";

/** What is wrong with one row of a file; none of its values. */
export interface ImportProblem {
  row: number;
  code: string;
  field: string | null;
  message: string;
}

/**
 * A file of people. Its good rows are events, with ids of the import's id and the number of the row, so that sending
 * the file again stores none of them twice.
 */
export interface ImportRow {
  _id: string;
  workspaceId: string;
  format: ImportFormat;
  state: ImportState;
  reason: string | null;
  /** Rows looked at so far, good or bad: every write names it, so that of two uploads at once one is refused. */
  rows: number;
  accepted: number;
  refused: number;
  /** The first so many of those refused. */
  problems: ImportProblem[];
  /** Rows up to here have come to their end and are counted below. */
  counted: number;
  applied: number;
  ignored: number;
  quarantined: number;
  reasons: Record<string, number>;
  createdAt: Date;
  /** When the whole file was here. */
  receivedAt: Date | null;
  endedAt: Date | null;
  expireAt: Date;
}

export const importRows = defineRows<ImportRow>({
  collection: "imports",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    format: field.text,
    state: field.text,
    reason: field.maybeText,
    rows: field.count,
    accepted: field.count,
    refused: field.count,
    problems: field.list,
    counted: field.count,
    applied: field.count,
    ignored: field.count,
    quarantined: field.count,
    reasons: field.nested,
    createdAt: field.time,
    receivedAt: field.maybeTime,
    endedAt: field.maybeTime,
    expireAt: field.time,
  },
  indexes: [{ keys: { workspaceId: 1, _id: 1 } }, { keys: { expireAt: 1 }, expireAfterSeconds: 0 }],
});
