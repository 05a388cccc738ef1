import { isExpired, rulesFor } from "@yubin/types";

import { reachFrom, type Allowance, type Progress } from "./allowance.ts";
import { monthFor } from "./month-for.ts";
import { monthRoom } from "./month-room.ts";
import type { Campaign, Channel } from "./ports.ts";
import type { Grant, QuotaDeps } from "./quota-deps.ts";

export type Judged =
  /** Its allowance is of its present run. */
  | { readonly kind: "judged"; readonly campaign: Campaign }
  /** Nothing may leave yet: it may in a moment, once LINE answers or others come to rest, or once something happens. */
  | { readonly kind: "soon" | "later" | "wait" };

/** Whether a channel has a limit at all need not be known as of this second. */
const freshMs = 60_000;

/**
 * Counts a campaign against the month's quota before anything leaves, once for its launch and once for each resume.
 * Where the channel has a limit that waits until the plan is closed. What others were granted is taken as gone; the
 * write to the channel's row is what decides, so no two campaigns count on the same rest, and whoever died after it or
 * was beaten to it comes to the same allowance.
 */
export const judgeQuota = async (deps: QuotaDeps, campaign: Campaign): Promise<Judged> => {
  if (campaign.allowance?.run === campaign.run) return { kind: "judged", campaign };
  const { workspaceId, channelId } = campaign;
  const channel = await deps.channels.find(workspaceId, channelId);
  // Then its people end by that.
  if (!channel) return allowAll(deps, campaign);
  if (channel.state === "stopped") return { kind: "wait" };

  const known = await monthFor(deps, campaign, { channel, freshMs });
  if (!known) return { kind: "later" };
  if (known.limit === null) return allowAll(deps, campaign);
  if (campaign.plannedBatches === null) return { kind: "wait" };
  if (await deps.quotas.isHeld(campaign)) return { kind: "soon" };
  return judgeClosed(deps, campaign, channel);
};

const judgeClosed = async (
  deps: QuotaDeps,
  campaign: Campaign,
  channel: Channel,
): Promise<Judged> => {
  const progress = await deps.quotas.progress(campaign);
  const room = await monthRoom(deps, campaign, channel);
  if (!room) return { kind: "later" };
  const { ours, others, version } = room;
  if (ours?.run === campaign.run) return apply(deps, campaign, { grant: ours, progress });
  if (room.left === Infinity) return allowAll(deps, campaign);

  const grant = await judge(deps, campaign, { progress, left: room.left });
  const isShort = grant.choice === "stop" && !grant.isFull;
  // Nobody is called for what may be no more than a look at the wrong moment.
  if (isShort && grant.needed - grant.left <= room.doubt) return { kind: "later" };
  await deps.step?.("judge");
  if (!(await deps.quotas.setGrants(channel, version, [...others, grant]))) return { kind: "soon" };
  await deps.step?.("granted");
  return apply(deps, campaign, { grant, progress });
};

const judge = async (
  { rulesOf, now }: QuotaDeps,
  campaign: Campaign,
  { progress, left }: { readonly progress: Progress; readonly left: number },
): Promise<Grant> => {
  const workspace = await rulesOf(campaign.workspaceId);
  const choice = campaign.quota ?? workspace.quota;
  const { queued, spent, called } = progress;
  const at = now();
  const isFull =
    left >= queued ||
    (choice === "stop" && campaign.quotaWaived) ||
    isExpired(rulesFor(campaign.asked, workspace, { isCampaign: true }), at); // nobody is sent anything
  // Whoever is in an open call may have been sent it, and is asked about again in any case.
  const some = spent + (choice === "stop" ? called : Math.max(called, left));
  const people = isFull ? spent + queued : some;
  const { id: campaignId, run } = campaign;
  return { campaignId, run, choice, people, isFull, needed: queued, left, at };
};

const apply = async (
  deps: QuotaDeps,
  campaign: Campaign,
  { grant, progress }: { readonly grant: Grant; readonly progress: Progress },
): Promise<Judged> => {
  const { run, choice, needed, left, at, isFull } = grant;
  const planned = campaign.plannedBatches ?? 0;
  const people = isFull ? null : grant.people;
  const firstOpen = progress.open[0]?.seq ?? planned;
  const none = { through: firstOpen, room: null };
  const reach = (people === null ? none : reachFrom(progress, people, planned)) ?? none;
  const allowance: Allowance = { run, choice, people, needed, left, at, ...reach, trims: false };
  if (choice === "stop" && !isFull) {
    await deps.allowances.stopShort(campaign, allowance);
    return { kind: "wait" };
  }
  const fedBatches = people === null ? campaign.fedBatches : firstOpen;
  return allow(deps, campaign, { allowance, fedBatches });
};

const allowAll = async (deps: QuotaDeps, campaign: Campaign): Promise<Judged> => {
  const { run, quota, fedBatches } = campaign;
  const choice = quota ?? (await deps.rulesOf(campaign.workspaceId)).quota;
  const counted = { people: null, needed: null, left: null, at: deps.now() };
  const reach = { through: 0, room: null, trims: false };
  return allow(deps, campaign, { allowance: { run, choice, ...counted, ...reach }, fedBatches });
};

const allow = async (
  deps: QuotaDeps,
  campaign: Campaign,
  { allowance, fedBatches }: { readonly allowance: Allowance; readonly fedBatches: number },
): Promise<Judged> => {
  if (!(await deps.allowances.allow(campaign, allowance, fedBatches))) return { kind: "soon" };
  await deps.step?.("judged");
  if (allowance.people !== null) await deps.quotas.wakeCalls(campaign, deps.now());
  return { kind: "judged", campaign: { ...campaign, allowance, fedBatches } };
};
