import type { Store } from "@yubin/store";
import { LRUCache } from "lru-cache";

import type { Attempts, Campaign, Campaigns } from "../domain/ports.ts";
import { toCampaign } from "./feeding.ts";

const rememberMs = 60_000;

/** A launched campaign's content is locked, so it is read once; its state is read each time. */
export const createCampaigns = ({ campaigns, batches }: Store): Campaigns => {
  const rows = campaigns;
  const proven = new LRUCache<string, string>({ max: 10_000 });
  const remembered = new LRUCache<string, Campaign>({ max: 100, ttl: rememberMs });
  return {
    find: async ({ workspaceId, campaignId }) => {
      const known = remembered.get(campaignId);
      if (known?.workspaceId === workspaceId) return known;
      const row = await rows.findOne({ _id: campaignId, workspaceId });
      if (!row) return undefined;
      const campaign = toCampaign(row);
      if (row.launchedAt !== null) remembered.set(campaignId, campaign);
      return campaign;
    },
    stateNow: async ({ workspaceId, campaignId }) => {
      const row = await rows.findOne(
        { _id: campaignId, workspaceId },
        { projection: { state: 1, run: 1, familySends: 1, allowance: 1 } },
      );
      if (!row) return undefined;
      const { state, run, familySends = false, allowance = null } = row;
      return { state, run, familySends, allowance };
    },
    isProven: async ({ workspaceId, campaignId }) => {
      if (proven.get(campaignId) === workspaceId) return true;
      const row = await rows.findOne(
        { _id: campaignId, workspaceId },
        { projection: { proven: 1 } },
      );
      if (row?.proven) proven.set(campaignId, workspaceId);
      return row?.proven ?? false;
    },
    prove: async ({ workspaceId, campaignId }) => {
      await rows.updateOne({ _id: campaignId, workspaceId }, { $set: { proven: true } });
    },
    attempted: async ({ workspaceId, campaignId }, exceptBatchId) => {
      const others = { $match: { campaignId, workspaceId, _id: { $ne: exceptBatchId } } };
      const sums = { accepted: { $sum: "$counts.accepted" }, refused: { $sum: "$counts.refused" } };
      const byVariant = await batches
        .aggregate<{ _id: { variant: string; outcome: string }; count: number }>([
          others,
          { $unwind: "$variantCounts" },
          { $match: { "variantCounts.outcome": { $in: ["accepted", "refused"] } } },
          {
            $group: {
              _id: { variant: "$variantCounts.variant", outcome: "$variantCounts.outcome" },
              count: { $sum: "$variantCounts.count" },
            },
          },
        ])
        .toArray();
      if (byVariant.length > 0)
        return byVariant.map(({ _id: { variant, outcome }, count }) => ({
          variant,
          accepted: outcome === "accepted" ? count : 0,
          refused: outcome === "refused" ? count : 0,
        }));
      const [inAll] = await batches
        .aggregate<Omit<Attempts, "variant">>([others, { $group: { _id: null, ...sums } }])
        .toArray();
      return inAll ? [{ ...inAll, variant: null }] : [];
    },
    pause: async ({ workspaceId, campaignId }, run, reason, lookAt) => {
      const result = await rows.updateOne(
        { _id: campaignId, workspaceId, state: { $in: ["planning", "sending"] }, run },
        {
          // Whoever resumes it has seen why it was paused.
          $set: {
            state: "paused",
            stateReason: reason,
            nextAt: lookAt,
            ...(reason === "errors" ? { proven: true } : {}),
          },
        },
      );
      return result.matchedCount === 1;
    },
  };
};
