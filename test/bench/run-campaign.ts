import type { CampaignMetrics } from "@yubin/types";

import { until } from "../stack/until.ts";
import type { BenchWorld } from "./bench-world.ts";

/** Launches a campaign to all friends; resolves when it is done, with how long that took. */
export const runCampaign = async (
  world: BenchWorld,
  text: string,
): Promise<{ ms: number; metrics: CampaignMetrics }> => {
  const { id } = await world.api.post<{ id: string }>("/v1/campaigns", {
    name: "bench",
    channelId: world.channelId,
    audience: { type: "friends" },
    content: { messages: [{ type: "text", text }] },
  });
  const startedAt = performance.now();
  await world.api.post(`/v1/campaigns/${id}/launch`);
  // The campaign itself is one small row; its metrics are a sum over all batches, and asking often would be measured.
  await until(async () => (await stateOf(world, id)) === "done" || undefined, {
    what: "the campaign",
    timeoutMs: 600_000,
    everyMs: 100,
  });
  const ms = performance.now() - startedAt;
  return { ms, metrics: await world.api.get(`/v1/campaigns/${id}/metrics`) };
};

const stateOf = async (world: BenchWorld, campaignId: string): Promise<string | undefined> =>
  (await world.store.campaigns.findOne({ _id: campaignId }, { projection: { state: 1 } }))?.state;
