import { limits } from "@yubin/types";

import type { Delivered } from "./deliver-batch.ts";
import { feedCampaign, type FeedDeps } from "./feed-campaign.ts";
import { createPlanner, endPlan, type PlanDeps } from "./plan-campaign.ts";
import type { BatchRef, Campaign, CampaignRef } from "./ports.ts";
import { resumeHeld } from "./resume-held.ts";

export interface AdvanceDeps extends PlanDeps, FeedDeps {
  readonly campaigns: {
    /** By compare-and-set; false where it is not scheduled, or not due. */
    start(campaign: Campaign, now: Date): Promise<boolean>;
    /** By compare-and-set: planning becomes sending; a paused one keeps its state. */
    endPlanning(campaign: Campaign, plannedBatches: number): Promise<void>;
    /** The sweeper looks again after this time; null: there is nothing more to do. Only while it is as it was read. */
    lookAgain(campaign: Campaign, at: Date | null): Promise<void>;
    openBatches(campaign: Campaign, max: number): Promise<string[]>;
    /** Whether it is another workspace's, of which nothing else is said. */
    isForeign(ref: CampaignRef): Promise<boolean>;
  };
  readonly deliver: (ref: BatchRef, signal: AbortSignal) => Promise<Delivered>;
}

export type Advanced = "obsolete" | "foreign" | "done" | "more" | "later";

/** One job does not plan for longer; the rest is another job. */
const planMaxMs = 20_000;
/** So many batches are planned between two looks at what can be fed. */
const planStride = 8;
const lookAgainMs = 10_000;

/** Does what there is to do for a campaign: plan, feed, or put an end to what a cancelled one left. Safe to repeat. */
export const advanceCampaign = async (
  deps: AdvanceDeps,
  ref: CampaignRef,
  signal: AbortSignal,
): Promise<Advanced> => {
  const campaign = await deps.feeding.find(ref);
  if (!campaign) return (await deps.campaigns.isForeign(ref)) ? "foreign" : "obsolete";

  switch (campaign.state) {
    case "planning":
    case "sending":
      return advance(deps, campaign, signal);
    case "cancelled":
      return cancelRest(deps, campaign, signal);
    case "scheduled":
      return start(deps, campaign);
    case "paused":
      return lookForRoom(deps, campaign);
    case "draft":
    case "stopped":
    case "done":
      await deps.campaigns.lookAgain(campaign, null);
      return "done";
    default:
      throw new Error(`no such state: ${String(campaign.state satisfies never)}`);
  }
};

/** Looked at when it is due; whoever looks earlier sees to it that somebody does. */
const start = async (deps: AdvanceDeps, campaign: Campaign): Promise<Advanced> => {
  if (await deps.campaigns.start(campaign, deps.now())) return "more";
  const { startsAt } = campaign;
  const due = startsAt && new Date(startsAt.getTime() - limits.sweepAfterMs);
  await deps.campaigns.lookAgain(campaign, due);
  return "done";
};

/** What is paused goes on by itself only where it waits for room in the month's quota. */
const lookForRoom = async (deps: AdvanceDeps, campaign: Campaign): Promise<Advanced> => {
  const next = campaign.stateReason === "quota" ? await resumeHeld(deps, campaign) : null;
  if (next === "goes_on") return "more";
  await deps.campaigns.lookAgain(campaign, next);
  return "done";
};

const advance = async (
  deps: AdvanceDeps,
  campaign: Campaign,
  signal: AbortSignal,
): Promise<Advanced> => {
  const ref = { workspaceId: campaign.workspaceId, campaignId: campaign.id };
  const startedAt = deps.now().getTime();
  await deps.campaigns.lookAgain(campaign, new Date(startedAt + lookAgainMs));
  // Resumed in the moment in which its plan was closed.
  if (campaign.state === "planning" && campaign.plannedBatches !== null)
    await deps.campaigns.endPlanning(campaign, campaign.plannedBatches);
  const fed = await feedCampaign(deps, ref);
  if (campaign.plannedBatches !== null) return afterFeed[fed];
  await using planner = await createPlanner(deps, campaign);
  while (!signal.aborted && deps.now().getTime() - startedAt < planMaxMs) {
    for (let count = 0; count < planStride; count += 1) {
      const batch = await planner.next();
      if (!batch.endOfPlan) continue;
      await deps.campaigns.endPlanning(campaign, batch.seq);
      return afterFeed[await feedCampaign(deps, ref)];
    }
    await feedCampaign(deps, ref);
    const now = await deps.feeding.find(ref);
    if (now?.state !== campaign.state) return "more";
    await deps.campaigns.lookAgain(campaign, new Date(deps.now().getTime() + lookAgainMs));
  }
  return "more";
};

const afterFeed = { fed: "done", soon: "more", later: "later" } as const;

/** The plan is closed first, so that nobody adds to what is being ended. */
const cancelRest = async (
  deps: AdvanceDeps,
  campaign: Campaign,
  signal: AbortSignal,
): Promise<Advanced> => {
  const startedAt = deps.now().getTime();
  const end = await endPlan(deps, campaign);
  if (campaign.plannedBatches === null) await deps.campaigns.endPlanning(campaign, end.seq);
  for (;;) {
    const open = await deps.campaigns.openBatches(campaign, planStride);
    if (open.length === 0) {
      await deps.campaigns.lookAgain(campaign, null);
      return "done";
    }
    if (signal.aborted || deps.now().getTime() - startedAt > planMaxMs) return "more";
    const { workspaceId } = campaign;
    const ends = await Promise.all(
      open.map((batchId) => deps.deliver({ workspaceId, batchId }, signal)),
    );
    // What others hold they end themselves; a moment later there is less to do.
    if (ends.every(({ kind }) => kind !== "settled")) return "more";
  }
};
