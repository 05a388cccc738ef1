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
    createdAt: field.time,
  },
  indexes: [],
});
