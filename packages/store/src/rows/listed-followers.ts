import { defineRows, field } from "../define-rows.ts";

/**
 * That LINE listed somebody in one run of a reconciliation; gone soon after it. The id holds a hash of the LINE ID, so
 * nothing of a person is in here.
 */
export interface ListedFollowerRow {
  _id: string;
  workspaceId: string;
  expireAt: Date;
}

export const listedFollowerRows = defineRows<ListedFollowerRow>({
  collection: "listedFollowers",
  fields: { _id: field.id, workspaceId: field.id, expireAt: field.time },
  indexes: [{ keys: { expireAt: 1 }, expireAfterSeconds: 0 }],
});
