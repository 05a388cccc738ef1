import type { ImportFormat } from "@yubin/types";

import { defineRows, field } from "../define-rows.ts";
import type { ImportProblem } from "./imports.ts";

/** A list of people for one campaign, on its way in or whole. */
export interface AudienceListRow {
  _id: string;
  workspaceId: string;
  campaignId: string;
  format: ImportFormat;
  state: "receiving" | "received" | "failed" | "replaced";
  reason: string | null;
  /** The upload that may write: the last that began. */
  upload: string;
  /** Rows looked at so far, good or bad; an upload that broke off goes on behind them. */
  rows: number;
  accepted: number;
  refused: number;
  /** Pages written so far. */
  pages: number;
  /** The first so many rows that were refused. */
  problems: ImportProblem[];
  createdAt: Date;
  endedAt: Date | null;
}

export const audienceListRows = defineRows<AudienceListRow>({
  collection: "audienceLists",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    campaignId: field.id,
    format: field.text,
    state: field.text,
    reason: field.maybeText,
    upload: field.id,
    rows: field.count,
    accepted: field.count,
    refused: field.count,
    pages: field.count,
    problems: field.list,
    createdAt: field.time,
    endedAt: field.maybeTime,
  },
  indexes: [{ keys: { campaignId: 1 } }],
});
