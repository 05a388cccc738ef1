import { recipientsOf } from "@yubin/store";
import type { CampaignMetrics, OutcomeCounts } from "@yubin/types";

import type { World } from "./world.ts";

/** The outcomes of a campaign counted from its recipients, one by one, without any counter. */
export const recount = async (world: World, campaignId: string): Promise<OutcomeCounts> => {
  const counts = {
    audience: 0,
    queued: 0,
    accepted: 0,
    refused: 0,
    skipped: 0,
    cancelled: 0,
    unknown: 0,
  };
  for await (const batch of world.store.batches.find({ campaignId })) {
    for (const recipient of recipientsOf(batch)) {
      counts.audience += 1;
      counts[recipient.outcome ?? "queued"] += 1;
    }
  }
  return counts;
};

export const campaignMetrics = (world: World, campaignId: string): Promise<CampaignMetrics> =>
  world.api.get(`/v1/campaigns/${campaignId}/metrics`);
