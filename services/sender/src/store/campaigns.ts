import type { Store } from "@yubin/store";
import { LRUCache } from "lru-cache";

import type { Campaign, Campaigns } from "../domain/ports.ts";
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
        { projection: { state: 1, run: 1, familySends: 1 } },
      );
      if (!row) return undefined;
      return { state: row.state, run: row.run, familySends: row.familySends ?? false };
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
      const [sums] = await batches
        .aggregate<{ accepted: number; refused: number }>([
          { $match: { campaignId, workspaceId, _id: { $ne: exceptBatchId } } },
          {
            $group: {
              _id: null,
              accepted: { $sum: "$counts.accepted" },
              refused: { $sum: "$counts.refused" },
            },
          },
        ])
        .toArray();
      return { accepted: sums?.accepted ?? 0, refused: sums?.refused ?? 0 };
    },
    pause: async ({ workspaceId, campaignId }, run, reason) => {
      const result = await rows.updateOne(
        { _id: campaignId, workspaceId, state: { $in: ["planning", "sending"] }, run },
        {
          // Whoever resumes it has seen why it was paused.
          $set: {
            state: "paused",
            stateReason: reason,
            nextAt: null,
            ...(reason === "errors" ? { proven: true } : {}),
          },
        },
      );
      return result.matchedCount === 1;
    },
  };
};
