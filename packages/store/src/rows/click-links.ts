import { defineRows, field } from "../define-rows.ts";

/**
 * Where a click link leads. `_id` follows from workspace, campaign or message, variant and address (`clickLinkId`), so
 * that it is written before anybody has the link, as often as wanted, and is the same row.
 */
export interface ClickLinkRow {
  _id: string;
  workspaceId: string;
  /** One of the two is null. */
  campaignId: string | null;
  messageId: string | null;
  /** Whose words of a campaign of variants it is in; null elsewhere. */
  variant: string | null;
  url: string;
  /**
   * What came of a message's link; absent where nobody has followed it. With its row it goes, and whoever counts then
   * makes none. What comes of a campaign's link has rows of its own (`clicks`), as older clicks on messages have.
   */
  clicked?: { count: number; firstAt: Date; lastAt: Date };
  createdAt: Date;
  expireAt: Date;
}

export const clickLinkRows = defineRows<ClickLinkRow>({
  collection: "clickLinks",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    campaignId: field.maybeText,
    messageId: field.maybeText,
    variant: field.maybeText,
    url: field.text,
    clicked: { type: Object },
    createdAt: field.time,
    expireAt: field.time,
  },
  indexes: [
    { keys: { campaignId: 1 } },
    { keys: { messageId: 1 } },
    { keys: { expireAt: 1 }, expireAfterSeconds: 0 },
  ],
});
