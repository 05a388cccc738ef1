import { noRules, rulesFor, type SendRules } from "@yubin/types";
import type { Batch, Content } from "./batch.ts";
import type { Campaign, Campaigns, Channel, RulesOf } from "./ports.ts";
import type { Variants } from "./variants.ts";

export type Gate =
  | {
      readonly kind: "open";
      readonly content: Content | Variants;
      readonly rules: SendRules;
      readonly campaign: Campaign | null;
      readonly run: number;
      /** Some of its people have families, so their LINE IDs may have been written to for others. */
      readonly familySends: boolean;
    }
  | { readonly kind: "cancelled" | "paused" | "channel_stopped" };

/** Whether anything of this batch may be sent now, and what. */
export const checkGate = async (
  { campaigns, rulesOf }: { readonly campaigns: Campaigns; readonly rulesOf: RulesOf },
  { workspaceId, campaignId, content, asked }: Batch,
  channel: Channel,
): Promise<Gate> => {
  const workspace = await rulesOf(workspaceId);
  if (campaignId === null) {
    if (channel.state === "stopped") return { kind: "channel_stopped" };
    if (!content) return { kind: "cancelled" };
    const rules = asked ? rulesFor(asked, workspace, { isCampaign: false }) : noRules;
    return { kind: "open", content, rules, campaign: null, run: 0, familySends: false };
  }
  const [campaign, now] = await Promise.all([
    campaigns.find({ workspaceId, campaignId }),
    campaigns.stateNow({ workspaceId, campaignId }),
  ]);
  if (!campaign || !now || now.state === "cancelled") return { kind: "cancelled" };
  if (now.state !== "planning" && now.state !== "sending") return { kind: "paused" };
  if (channel.state === "stopped") return { kind: "channel_stopped" };
  const { run, familySends } = now;
  const { content: words, asked: ours } = campaign;
  const rules = rulesFor(ours, workspace, { isCampaign: true });
  return { kind: "open", content: words, rules, campaign, run, familySends };
};
