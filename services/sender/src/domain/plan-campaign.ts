import { isWalked } from "@yubin/types";

import type { Recipient } from "./batch.ts";
import { createWalkPages, readNext, type AudienceReader, type WalkPages } from "./plan-people.ts";
import type { Campaign } from "./ports.ts";

/** A batch as planning makes it. */
export interface PlannedBatch {
  readonly seq: number;
  readonly recipients: readonly Recipient[];
  /** Where planning goes on after it. */
  readonly cursor: string | null;
  readonly endOfPlan: boolean;
}

export interface PlanDeps {
  readonly plans: {
    last(campaign: Campaign): Promise<PlannedBatch | undefined>;
    /** Those of the people who have a place in a batch, for audiences that may name a person twice. */
    placed(campaign: Campaign, profileIds: readonly string[]): Promise<ReadonlySet<string>>;
    /** Writes down the places of a batch that is there. Safe to repeat. */
    place(campaign: Campaign, batch: PlannedBatch): Promise<void>;
    /** Takes the number, or returns the batch that has taken it before. */
    insert(campaign: Campaign, batch: PlannedBatch, now: Date): Promise<PlannedBatch | undefined>;
  };
  readonly audience: AudienceReader;
  readonly now: () => Date;
  readonly batchSizes: { readonly personal: number; readonly multicast: number };
  readonly step?: (name: string) => void | Promise<void>;
}

/** A walk through the plan of one campaign; several may walk at once and come to the same batches. */
export interface Planner extends AsyncDisposable {
  /** The next batch, made here or found; `endOfPlan` closes the plan. */
  next(): Promise<PlannedBatch>;
}

/**
 * Plans without locks: each batch takes the next number as its id, and starts where the one before it ended. Whoever
 * comes second finds the batch of the first and goes on from there; the end of the plan is a number, too.
 */
export const createPlanner = async (deps: PlanDeps, campaign: Campaign): Promise<Planner> => {
  let last = await deps.plans.last(campaign);
  const walk = createWalkPages(deps.audience, campaign);

  return {
    next: async () => {
      if (last?.endOfPlan) return last;
      if (last) await writePlaces(deps, campaign, last);
      const candidate = await candidateAfter(deps, campaign, { last, walk });
      await deps.step?.("plan");
      last = (await deps.plans.insert(campaign, candidate, deps.now())) ?? candidate;
      await deps.step?.("planned");
      return last;
    },
    [Symbol.asyncDispose]: walk.close,
  };
};

/** Closes a plan where it stands, for a campaign that is cancelled. */
export const endPlan = async (deps: PlanDeps, campaign: Campaign): Promise<PlannedBatch> => {
  for (let last = await deps.plans.last(campaign); ;) {
    if (last?.endOfPlan) return last;
    if (last) await writePlaces(deps, campaign, last);
    await deps.audience.dropData(campaign);
    const end = { ...endOfPlan, seq: last ? last.seq + 1 : 0 };
    last = (await deps.plans.insert(campaign, end, deps.now())) ?? end;
  }
};

/**
 * Before the batch after it is made: so whoever makes that one sees everybody who has a place before it, whichever
 * planner gave it to them, and no place is ever seen of a batch that is not there.
 */
const writePlaces = async (
  deps: PlanDeps,
  campaign: Campaign,
  batch: PlannedBatch,
): Promise<void> => {
  if (isWalked(campaign.audience)) return;
  await deps.plans.place(campaign, batch);
  await deps.step?.("placed");
};

const endOfPlan = { recipients: [], cursor: null, endOfPlan: true } as const;

const candidateAfter = async (
  deps: PlanDeps,
  campaign: Campaign,
  { last, walk }: { readonly last: PlannedBatch | undefined; readonly walk: WalkPages },
): Promise<PlannedBatch> => {
  const seq = last ? last.seq + 1 : 0;
  const next = await readNext(deps, campaign, { cursor: last?.cursor ?? null, walk });
  if (next)
    return { seq, recipients: await next.recipients(), cursor: next.cursor, endOfPlan: false };
  // Everybody is in a batch by now.
  await deps.audience.dropData(campaign);
  return { ...endOfPlan, seq };
};
