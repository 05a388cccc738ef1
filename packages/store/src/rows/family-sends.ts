import { defineRows, field } from "../define-rows.ts";

/**
 * Word left before a LINE ID is written to for a profile that is merged with others, so that whoever has the LINE ID
 * after an undo knows. `_id` is `campaignId/` and a hash of the LINE ID, which nobody can guess from it.
 */
export interface FamilySendRow {
  _id: string;
  workspaceId: string;
  /** Profiles with a place in the campaign that are, or were about to be, written to there. */
  profileIds: string[];
  expireAt: Date;
}

export const familySendRows = defineRows<FamilySendRow>({
  collection: "familySends",
  fields: { _id: field.id, workspaceId: field.id, profileIds: field.texts, expireAt: field.time },
  indexes: [{ keys: { expireAt: 1 }, expireAfterSeconds: 0 }],
});
