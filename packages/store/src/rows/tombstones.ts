import { defineRows, field } from "../define-rows.ts";

/**
 * A name that belonged to somebody who was erased. `_id` is a keyed hash of the alias key, so that the name cannot be
 * read or guessed from it; what was said of the name before `erasedAt` is dropped, whenever it arrives.
 */
export interface TombstoneRow {
  _id: string;
  workspaceId: string;
  erasedAt: Date;
}

export const tombstoneRows = defineRows<TombstoneRow>({
  collection: "tombstones",
  fields: { _id: field.id, workspaceId: field.id, erasedAt: field.time },
  indexes: [],
});
