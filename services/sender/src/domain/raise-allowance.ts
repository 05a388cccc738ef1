import type { Progress } from "./allowance.ts";
import { monthRoom } from "./month-room.ts";
import type { Campaign } from "./ports.ts";
import type { QuotaDeps } from "./quota-deps.ts";

/**
 * Asks once more before a campaign is told that there is no room: a plan may have grown, and others may have been
 * counted twice. `unsure` where LINE does not say, or where somebody is being sent something right now.
 */
export const raiseAllowance = async (
  deps: QuotaDeps,
  campaign: Campaign,
  { spent, queued }: Progress,
): Promise<"raised" | "out" | "unsure"> => {
  const channel = await deps.channels.find(campaign.workspaceId, campaign.channelId);
  if (!channel) return "out";
  const room = channel.state === "connected" && (await monthRoom(deps, campaign, channel));
  if (!room) return "unsure";
  const { ours, others, version, left, doubt } = room;
  const people = spent + Math.min(queued, left);
  if (!ours || people <= (campaign.allowance?.people ?? people))
    return doubt > 0 ? "unsure" : "out";
  await deps.step?.("raise");
  if (await deps.quotas.setGrants(channel, version, [...others, { ...ours, people }]))
    await deps.allowances.raise(campaign, people);
  // Or somebody else has changed what there is, which is looked at anew.
  return "raised";
};
