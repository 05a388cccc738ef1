import type { Store } from "@yubin/store";

export interface UnfinishedBatch {
  readonly batchId: string;
  readonly workspaceId: string;
  readonly campaignId: string | null;
}

export interface Unfinished {
  /** Open batches that nobody has touched since their time, at most a page. */
  readonly batches: (before: Date, max: number) => Promise<UnfinishedBatch[]>;
  readonly campaigns: (
    before: Date,
    max: number,
  ) => Promise<{ campaignId: string; workspaceId: string }[]>;
  /** They are not found again before this time, unless something happens to them. */
  readonly putOffBatches: (batchIds: readonly string[], before: Date, until: Date) => Promise<void>;
  readonly putOffCampaigns: (
    campaignIds: readonly string[],
    before: Date,
    until: Date,
  ) => Promise<void>;
}

export const createUnfinished = (store: Store): Unfinished => {
  const batches = store.batches;
  const campaigns = store.campaigns;
  return {
    batches: async (before, max) => {
      const rows = await batches
        .find({ state: "open", nextAt: { $lt: before, $ne: null } })
        .project<{ _id: string; workspaceId: string; campaignId: string | null }>({
          workspaceId: 1,
          campaignId: 1,
        })
        .limit(max)
        .toArray();
      return rows.map(({ _id, workspaceId, campaignId }) => ({
        batchId: _id,
        workspaceId,
        campaignId,
      }));
    },
    campaigns: async (before, max) => {
      const rows = await campaigns
        .find({
          state: { $in: ["planning", "sending", "paused", "cancelled"] },
          nextAt: { $lt: before, $ne: null },
        })
        .project<{ _id: string; workspaceId: string }>({ workspaceId: 1 })
        .limit(max)
        .toArray();
      return rows.map(({ _id, workspaceId }) => ({ campaignId: _id, workspaceId }));
    },
    putOffBatches: async (batchIds, before, until) => {
      await batches.updateMany(
        { _id: { $in: [...batchIds] }, state: "open", nextAt: { $lt: before } },
        { $set: { nextAt: until } },
      );
    },
    putOffCampaigns: async (campaignIds, before, until) => {
      await campaigns.updateMany(
        { _id: { $in: [...campaignIds] }, nextAt: { $lt: before } },
        { $set: { nextAt: until } },
      );
    },
  };
};
