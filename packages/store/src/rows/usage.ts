import { defineRows, field } from "../define-rows.ts";

/** How many people a workspace had in a month: `_id` is `workspace/2026-11`. */
export interface UsageRow {
  _id: string;
  workspaceId: string;
  month: string;
  /** As last counted. */
  identified: number;
  anonymous: number;
  reachable: number;
  sampledAt: Date;
  identifiedPeak: number;
  totalPeak: number;
  reachablePeak: number;
}

export const usageRows = defineRows<UsageRow>({
  collection: "usage",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    month: field.text,
    identified: field.count,
    anonymous: field.count,
    reachable: field.count,
    sampledAt: field.time,
    identifiedPeak: field.count,
    totalPeak: field.count,
    reachablePeak: field.count,
  },
  indexes: [],
});
