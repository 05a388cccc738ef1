import { defineRows, field } from "../define-rows.ts";

/**
 * What came of one click link of a campaign. `_id` is `linkId/batch/index` of a link that one person has, so that
 * however often they follow it they are one, or `linkId` of a link that everybody has. Who the person is stands in the
 * batch alone.
 */
export interface ClickRow {
  _id: string;
  workspaceId: string;
  /** As in its `clickLinks` row. */
  campaignId: string | null;
  /** Of rows of before (`olderClickIds`): clicks on a message stand in the rows of its links now. */
  messageId: string | null;
  linkId: string;
  /** `batch/index`; null of a link that everybody has. */
  place: string | null;
  count: number;
  firstAt: Date;
  lastAt: Date;
  expireAt: Date;
}

export const clickRows = defineRows<ClickRow>({
  collection: "clicks",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    campaignId: field.maybeText,
    messageId: field.maybeText,
    linkId: field.id,
    place: field.maybeText,
    count: field.count,
    firstAt: field.time,
    lastAt: field.time,
    expireAt: field.time,
  },
  indexes: [
    // Holds all that the sums of a campaign are made of, and leads from its people to their clicks.
    { keys: { workspaceId: 1, campaignId: 1, place: 1, linkId: 1, count: 1 } },
    { keys: { expireAt: 1 }, expireAfterSeconds: 0 },
  ],
});
