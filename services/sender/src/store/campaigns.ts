import type { Store } from "@yubin/store";
import { LRUCache } from "lru-cache";

import type { Campaign, Campaigns } from "../domain/ports.ts";
import { toCampaign } from "./feeding.ts";

const rememberMs = 60_000;

/** A launched campaign's content is locked, so it is read once; its state is read each time. */
export const createCampaigns = ({ campaigns }: Store): Campaigns => {
  const rows = campaigns;
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
    pause: async ({ workspaceId, campaignId }, run, reason) => {
      const result = await rows.updateOne(
        { _id: campaignId, workspaceId, state: { $in: ["planning", "sending"] }, run },
        { $set: { state: "paused", stateReason: reason, nextAt: null } },
      );
      return result.matchedCount === 1;
    },
  };
};
