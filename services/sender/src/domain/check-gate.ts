import type { Batch, Content } from "./batch.ts";
import type { Campaign, Campaigns, Channel } from "./ports.ts";

export type Gate =
  | {
      readonly kind: "open";
      readonly content: Content;
      readonly campaign: Campaign | null;
      readonly run: number;
      /** Some of its people have families, so their LINE IDs may have been written to for others. */
      readonly familySends: boolean;
    }
  | { readonly kind: "cancelled" | "paused" | "channel_stopped" };

/** Whether anything of this batch may be sent now, and what. */
export const checkGate = async (
  { campaigns }: { readonly campaigns: Campaigns },
  { workspaceId, campaignId, content }: Batch,
  channel: Channel,
): Promise<Gate> => {
  if (campaignId === null) {
    if (channel.state === "stopped") return { kind: "channel_stopped" };
    return content
      ? { kind: "open", content, campaign: null, run: 0, familySends: false }
      : { kind: "cancelled" };
  }
  const [campaign, now] = await Promise.all([
    campaigns.find({ workspaceId, campaignId }),
    campaigns.stateNow({ workspaceId, campaignId }),
  ]);
  if (!campaign || !now || now.state === "cancelled") return { kind: "cancelled" };
  if (now.state !== "planning" && now.state !== "sending") return { kind: "paused" };
  if (channel.state === "stopped") return { kind: "channel_stopped" };
  const { run, familySends } = now;
  return { kind: "open", content: campaign.content, campaign, run, familySends };
};
