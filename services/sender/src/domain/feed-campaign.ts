import { isLimited, seqOf } from "./allowance.ts";
import { awakeMaxMs } from "./deliver-batch.ts";
import { extendReach } from "./extend-reach.ts";
import { judgeQuota } from "./judge-quota.ts";
import type { Campaign, CampaignRef } from "./ports.ts";
import type { QuotaDeps } from "./quota-deps.ts";

export interface FeedDeps extends QuotaDeps {
  readonly feeding: {
    /** As it is now. */
    find(ref: CampaignRef): Promise<Campaign | undefined>;
    /** Batches handed over and not settled, at most this many; without those in which everybody waits for long. */
    openFed(
      campaign: Campaign,
      of: { readonly max: number; readonly awakeBefore: Date },
    ): Promise<
      {
        readonly id: string;
        readonly idle: boolean;
        /** How much of a batch it still is: once all were tried, those whose end is not known. */
        readonly share: number;
      }[]
    >;
    /** Whether a batch is not settled, asleep or not. */
    hasOpen(campaign: Campaign): Promise<boolean>;
    /** Ids of the batches planned from a number on. */
    plannedFrom(campaign: Campaign, seq: number, max: number): Promise<string[]>;
    /** By compare-and-set from the campaign as it was read; false where someone else was faster. */
    advanceFed(campaign: Campaign, fedBatches: number, now: Date): Promise<boolean>;
    /** From now on the sweeper looks after them. */
    wake(campaign: Campaign, batchIds: readonly string[], now: Date): Promise<void>;
    finish(campaign: Campaign, now: Date): Promise<boolean>;
  };
  readonly enqueueBatches: (campaign: Campaign, batchIds: readonly string[]) => Promise<void>;
  /** How full Redis is, from 0 to 1; undefined without a limit. */
  readonly memoryShare: () => Promise<number | undefined>;
  /** Batches of one campaign that may be under way at once. */
  readonly window: { readonly personal: number; readonly multicast: number };
}

/** A full Redis also keeps its readers from working, so it is not filled further from here on. */
const memoryShareMax = 0.7;

/** As far as it goes now; whether there may be more in a moment, or a little later, without anything that tells. */
export type Fed = "fed" | "soon" | "later";

/**
 * Hands the next batches of a campaign to the queue, so that only few are there at once, and ends the campaign when all
 * are settled. Batches that were fed and lie idle (after a pause, or a crash in between) are handed over again. Nothing
 * is handed over before its people were counted against the month's quota, and no more than that has room for.
 */
export const feedCampaign = async (deps: FeedDeps, ref: CampaignRef): Promise<Fed> => {
  const { feeding } = deps;
  const found = await feeding.find(ref);
  if (found?.state !== "planning" && found?.state !== "sending") return "fed";
  const judged = await judgeQuota(deps, found);
  if (judged.kind !== "judged") return judged.kind === "wait" ? "fed" : judged.kind;

  const { campaign } = judged;
  const window = windowOf(deps, campaign);
  const awakeBefore = new Date(deps.now().getTime() + awakeMaxMs);
  const open = await feeding.openFed(campaign, { max: window * restsPerBatch, awakeBefore });
  if (isAtReach(campaign, open)) {
    const extended = await extendReach(deps, campaign);
    if (extended !== "under_way") return extended === "changed" ? feedCampaign(deps, ref) : "fed";
  }
  const idle = open.filter((batch) => batch.idle).map(({ id }) => id);
  const room = open.length < window * restsPerBatch ? window - sum(open) : 0;
  const next = await nextBatches(deps, campaign, Math.round(room));
  if (next.length > 0) {
    await deps.step?.("feed");
    if (!(await feeding.advanceFed(campaign, campaign.fedBatches + next.length, deps.now())))
      return "fed";
    await deps.step?.("fed");
  }
  const batchIds = [...idle, ...next];
  if (batchIds.length > 0) {
    await feeding.wake(campaign, batchIds, deps.now());
    await deps.enqueueBatches(campaign, batchIds);
    return "fed";
  }
  if (open.length > 0 || campaign.plannedBatches !== campaign.fedBatches) return "fed";
  if (!(await feeding.hasOpen(campaign))) await feeding.finish(campaign, deps.now());
  return "fed";
};

/** Batches from this number on have no room in the month. */
const reachOf = ({ allowance }: Campaign): number =>
  isLimited(allowance) && !allowance.trims ? allowance.through : Infinity;

/** All are fed for whom there is room, and none of them is under way but the one that had room for some of its people. */
const isAtReach = (campaign: Campaign, open: readonly { readonly id: string }[]): boolean => {
  const reach = reachOf(campaign);
  if (campaign.fedBatches < reach) return false;
  return open.every((one) => campaign.allowance?.room !== null && seqOf(one) === reach - 1);
};

/** What is left of so many batches is looked at for each whole one that may be under way. */
const restsPerBatch = 16;

const sum = (open: readonly { readonly share: number }[]): number =>
  open.reduce((total, { share }) => total + share, 0);

/** One at a time, until it is known that LINE takes what is sent. */
const windowOf = ({ window }: FeedDeps, { proven, personal }: Campaign): number => {
  if (!proven) return 1;
  return personal ? window.personal : window.multicast;
};

const nextBatches = async (deps: FeedDeps, campaign: Campaign, free: number): Promise<string[]> => {
  const room = Math.min(free, reachOf(campaign) - campaign.fedBatches);
  if (room <= 0 || campaign.plannedBatches === campaign.fedBatches) return [];
  const share = await deps.memoryShare();
  if (share !== undefined && share > memoryShareMax) return [];
  return deps.feeding.plannedFrom(campaign, campaign.fedBatches, room);
};
