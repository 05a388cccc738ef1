import { noRules, rulesFor, type SendRules } from "@yubin/types";
import type { Allowance } from "./allowance.ts";
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
      /** Of a campaign, how many of its people the month has room for. */
      readonly allowance: Allowance | null;
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
    const alone = { campaign: null, run: 0, familySends: false, allowance: null };
    return { kind: "open", content, rules, ...alone };
  }
  const [campaign, now] = await Promise.all([
    campaigns.find({ workspaceId, campaignId }),
    campaigns.stateNow({ workspaceId, campaignId }),
  ]);
  if (!campaign || !now || now.state === "cancelled") return { kind: "cancelled" };
  if (now.state !== "planning" && now.state !== "sending") return { kind: "paused" };
  if (channel.state === "stopped") return { kind: "channel_stopped" };
  const { run, familySends, allowance } = now;
  // Nothing leaves before its people were counted against the month; feeding does that, and hands the batch over again.
  if (allowance?.run !== run) return { kind: "paused" };
  const { content: words, asked: ours } = campaign;
  const rules = rulesFor(ours, workspace, { isCampaign: true });
  return { kind: "open", content: words, rules, campaign, run, familySends, allowance };
};
