import { defineRows, field } from "../define-rows.ts";

/** What LINE said about the month's messages of a channel (`_id`), and when. */
export interface ChannelQuotaRow {
  _id: string;
  workspaceId: string;
  /** Null where LINE sets none. */
  limit: number | null;
  /** As far as LINE has counted, of everything that sends for the account. */
  used: number;
  fetchedAt: Date;
}

export const channelQuotaRows = defineRows<ChannelQuotaRow>({
  collection: "channelQuotas",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    limit: { type: Number, default: null },
    used: field.count,
    fetchedAt: field.time,
  },
  indexes: [],
});
