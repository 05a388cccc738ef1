import type { FrequencyCap, QuietHours, QuotaChoice } from "@yubin/types";

import { defineRows, field } from "../define-rows.ts";

export interface WorkspaceRow {
  _id: string;
  name: string;
  /** What becomes of a LINE ID that a second known person claims: held for people to decide, or moved. */
  conflictPolicy?: "hold" | "last_proof_wins";
  /** How long a merge can be undone. */
  undoWindowMs?: number;
  /** Merges by themselves into one person within an hour; more are held for people to look at. */
  mergesPerHourMax?: number;
  /** When people are left alone, and how many messages they get, where what is sent does not say. */
  quietHours?: QuietHours | null;
  cap?: FrequencyCap | null;
  /** What campaigns do where the month's quota is short, and they do not say. */
  quota?: QuotaChoice;
  /** Purposes that people must have agreed to. */
  consentRequired?: string[];
  createdAt: Date;
}

export const workspaceRows = defineRows<WorkspaceRow>({
  collection: "workspaces",
  fields: {
    _id: field.id,
    name: field.text,
    conflictPolicy: { type: String },
    undoWindowMs: { type: Number },
    mergesPerHourMax: { type: Number },
    quietHours: field.maybeNested,
    cap: field.maybeNested,
    quota: { type: String },
    consentRequired: field.list,
    createdAt: field.time,
  },
  indexes: [],
});
