import { isExpired, rulesFor } from "@yubin/types";

import { nextLook } from "./extend-reach.ts";
import { monthRoom } from "./month-room.ts";
import type { Campaign } from "./ports.ts";
import type { QuotaDeps } from "./quota-deps.ts";

/**
 * Lets a campaign go on that is paused since the month is used up, once there is room again: in a new month, or in a
 * larger plan. Also where there is none and calls are open, of which LINE has to tell before it forgets them, and where
 * the rest is to be left out. When to look again, or null where it does not go on by itself.
 */
export const resumeHeld = async (
  deps: QuotaDeps,
  campaign: Campaign,
): Promise<Date | "goes_on" | null> => {
  const workspace = await deps.rulesOf(campaign.workspaceId);
  const choice = campaign.allowance?.choice ?? campaign.quota ?? workspace.quota;
  if (choice === "stop") return null;
  const now = deps.now();
  const rules = rulesFor(campaign.asked, workspace, { isCampaign: true });
  const goesOn = isExpired(rules, now) || (await hasRoom(deps, campaign, choice));
  if (!goesOn) return nextLook(now);
  await deps.step?.("resume");
  await deps.allowances.goOn(campaign, now);
  await deps.step?.("resumed");
  return "goes_on";
};

const hasRoom = async (
  deps: QuotaDeps,
  campaign: Campaign,
  choice: "hold" | "trim",
): Promise<boolean> => {
  const channel = await deps.channels.find(campaign.workspaceId, campaign.channelId);
  if (!channel) return true; // its people end by that
  if (channel.state === "stopped") return false;
  const { called } = await deps.quotas.progress(campaign);
  if (called > 0) return true;
  const room = await monthRoom(deps, campaign, channel);
  return room !== undefined && (choice === "trim" || room.left > 0);
};
