import type { QuotaChoice } from "@yubin/types";

import { defineRows, field } from "../define-rows.ts";

/**
 * How many people of a campaign may be sent something in one of its runs, as far as the month's quota goes. Once it is
 * in the row of the channel it stands: it is copied to the campaign, and others count on what it leaves.
 */
export interface QuotaGrant {
  campaignId: string;
  /** The launch or resume that it was judged for. */
  run: number;
  choice: QuotaChoice;
  /** Of all its people, those who were sent something before included. */
  people: number;
  /** Whether that is everybody who is left. */
  isFull: boolean;
  /** People who were to be sent something. */
  needed: number;
  /** What the month had for it. */
  left: number;
  at: Date;
}

/** What LINE said about the month's messages of a channel (`_id`), when, and what campaigns may have of them. */
export interface ChannelQuotaRow {
  _id: string;
  workspaceId: string;
  /** Null where LINE sets none. */
  limit: number | null;
  /** As far as LINE has counted, of everything that sends for the account. */
  used: number;
  fetchedAt: Date;
  /** Of campaigns that are under way, in no order; one for each. */
  grants?: QuotaGrant[];
  /** Grows with each change of the grants, so that no two campaigns count on the same rest. */
  grantsVersion?: number;
}

export const channelQuotaRows = defineRows<ChannelQuotaRow>({
  collection: "channelQuotas",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    limit: { type: Number, default: null },
    used: field.count,
    fetchedAt: field.time,
    grants: field.list,
    grantsVersion: field.count,
  },
  indexes: [],
});
