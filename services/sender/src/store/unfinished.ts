import type { Store } from "@yubin/store";

import type { BatchRef, CampaignRef } from "../domain/ports.ts";

export interface UnfinishedBatch extends BatchRef {
  readonly campaignId: string | null;
}

export interface ErasureRef {
  readonly workspaceId: string;
  readonly erasureId: string;
}

export interface Unfinished {
  /** Open batches that nobody has touched since their time, at most a page. */
  readonly batches: (before: Date, max: number) => Promise<UnfinishedBatch[]>;
  readonly campaigns: (before: Date, max: number) => Promise<CampaignRef[]>;
  /** Erasures of which the sender's part is to be done. */
  readonly erasures: (before: Date, max: number) => Promise<ErasureRef[]>;
  readonly estimates: (before: Date, max: number) => Promise<CampaignRef[]>;
  /** They are not found again before this time, unless something happens to them. */
  readonly putOffBatches: (refs: readonly BatchRef[], before: Date, until: Date) => Promise<void>;
  readonly putOffCampaigns: (
    refs: readonly CampaignRef[],
    before: Date,
    until: Date,
  ) => Promise<void>;
  readonly putOffEstimates: (
    refs: readonly CampaignRef[],
    before: Date,
    until: Date,
  ) => Promise<void>;
}

/** Finds over all workspaces: the sweeper belongs to none, and each row goes back to its own. */
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
          state: { $in: ["scheduled", "planning", "sending", "paused", "cancelled"] },
          nextAt: { $lt: before, $ne: null },
        })
        .project<{ _id: string; workspaceId: string }>({ workspaceId: 1 })
        .limit(max)
        .toArray();
      return rows.map(({ _id, workspaceId }) => ({ campaignId: _id, workspaceId }));
    },
    erasures: async (before, max) => {
      const rows = await store.erasures
        .find({ nextAt: { $lt: before, $ne: null }, "parts.sender": null })
        .project<{ _id: string; workspaceId: string }>({ workspaceId: 1 })
        .limit(max)
        .toArray();
      return rows.map(({ _id, workspaceId }) => ({ erasureId: _id, workspaceId }));
    },
    estimates: async (before, max) => {
      const rows = await store.estimates
        .find({ nextAt: { $lt: before, $ne: null } })
        .project<{ _id: string; workspaceId: string }>({ workspaceId: 1 })
        .limit(max)
        .toArray();
      return rows.map(({ _id, workspaceId }) => ({ campaignId: _id, workspaceId }));
    },
    putOffBatches: async (refs, before, until) => {
      for (const [workspaceId, ours] of byWorkspace(refs))
        await batches.updateMany(
          {
            _id: { $in: ours.map(({ batchId }) => batchId) },
            workspaceId,
            state: "open",
            nextAt: { $lt: before },
          },
          { $set: { nextAt: until } },
        );
    },
    putOffCampaigns: async (refs, before, until) => {
      for (const [workspaceId, ours] of byWorkspace(refs))
        await campaigns.updateMany(
          {
            _id: { $in: ours.map(({ campaignId }) => campaignId) },
            workspaceId,
            nextAt: { $lt: before },
          },
          { $set: { nextAt: until } },
        );
    },
    putOffEstimates: async (refs, before, until) => {
      for (const [workspaceId, ours] of byWorkspace(refs))
        await store.estimates.updateMany(
          {
            _id: { $in: ours.map(({ campaignId }) => campaignId) },
            workspaceId,
            nextAt: { $lt: before },
          },
          { $set: { nextAt: until } },
        );
    },
  };
};

const byWorkspace = <Ref extends { readonly workspaceId: string }>(
  refs: readonly Ref[],
): Map<string, Ref[]> => Map.groupBy(refs, ({ workspaceId }) => workspaceId);
