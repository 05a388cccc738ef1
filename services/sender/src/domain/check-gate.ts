import type { Batch, Content } from "./batch.ts";
import type { Campaign, Campaigns, Channel } from "./ports.ts";

export type Gate =
  | { readonly kind: "open"; readonly content: Content; readonly campaign: Campaign | null }
  | { readonly kind: "cancelled" | "paused" | "channel_stopped" };

/** Whether anything of this batch may be sent now, and what. */
export const checkGate = async (
  { campaigns }: { readonly campaigns: Campaigns },
  { campaignId, content }: Batch,
  channel: Channel,
): Promise<Gate> => {
  if (campaignId === null) {
    if (channel.state === "stopped") return { kind: "channel_stopped" };
    return content ? { kind: "open", content, campaign: null } : { kind: "cancelled" };
  }
  const [campaign, state] = await Promise.all([
    campaigns.find(campaignId),
    campaigns.stateNow(campaignId),
  ]);
  if (!campaign || state === undefined || state === "cancelled") return { kind: "cancelled" };
  if (state !== "planning" && state !== "sending") return { kind: "paused" };
  if (channel.state === "stopped") return { kind: "channel_stopped" };
  return { kind: "open", content: campaign.content, campaign };
};
