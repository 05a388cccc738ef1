import { defineRows, field } from "../define-rows.ts";

/** Wrong link codes that one LINE user sent within a while; `_id` is a hash of who that is. */
export interface LinkAttemptRow {
  _id: string;
  workspaceId: string;
  /** Events, so that one that is applied again counts once. */
  events: string[];
  expireAt: Date;
}

export const linkAttemptRows = defineRows<LinkAttemptRow>({
  collection: "linkAttempts",
  fields: { _id: field.id, workspaceId: field.id, events: field.texts, expireAt: field.time },
  indexes: [{ keys: { expireAt: 1 }, expireAfterSeconds: 0 }],
});
