import { defineRows, field } from "../define-rows.ts";

export interface WorkspaceRow {
  _id: string;
  name: string;
  createdAt: Date;
}

export const workspaceRows = defineRows<WorkspaceRow>({
  collection: "workspaces",
  fields: { _id: field.id, name: field.text, createdAt: field.time },
  indexes: [],
});
