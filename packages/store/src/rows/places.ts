import { defineRows, field } from "../define-rows.ts";

/**
 * Who has a place in a campaign whose people are named (`_id` = `campaignId/profileId`), and in which batch. Written
 * from batches that are there, so a place never tells of one that is not; the newest batch may lack its places.
 * They go when the campaign has been over for long; see its `placesUntil`.
 */
export interface PlaceRow {
  _id: string;
  workspaceId: string;
  seq: number;
}

export const placeRows = defineRows<PlaceRow>({
  collection: "places",
  fields: { _id: field.id, workspaceId: field.id, seq: field.count },
  indexes: [],
});
