import { createHash } from "node:crypto";

import { Failure } from "@yubin/errors";
import type { EstimateCounts, EstimateView } from "@yubin/types";

import { isOpenToChange, type Campaign } from "./campaign.ts";

/** How far the counting of whom a campaign would reach has come. */
export interface Estimate {
  readonly campaignId: string;
  readonly state: "counting" | "done" | "failed";
  readonly reason: string | null;
  readonly looked: number;
  readonly total: number | null;
  readonly counts: EstimateCounts | null;
  readonly askedAt: Date;
  readonly endedAt: Date | null;
}

export interface Estimates {
  find(of: Pick<Campaign, "id" | "workspaceId">): Promise<Estimate | undefined>;
  /** Has it counted, unless it is being counted or was, since `freshFrom`, and is of the same audience. */
  ask(
    campaign: Pick<Campaign, "id" | "workspaceId">,
    how: {
      readonly of: string;
      readonly run: string;
      readonly now: Date;
      readonly freshFrom: Date;
    },
  ): Promise<{ readonly estimate: Estimate; readonly isNew: boolean }>;
}

/** What an estimate is of: where it differs, an earlier answer is none. */
export const estimatedOf = (campaign: Campaign): string => {
  const { channelId, audience, list, exclude, purpose, rules, content } = campaign;
  const people = [channelId, audience, list?.id ?? null, exclude];
  return createHash("sha256")
    .update(JSON.stringify([...people, purpose, rules, content]))
    .digest("base64url");
};

export const checkEstimable = (campaign: Campaign): void => {
  if (!isOpenToChange(campaign))
    throw new Failure(
      "state_invalid",
      `a campaign that is ${campaign.state} is not estimated: see its metrics`,
    );
};

export const estimateView = (estimate: Estimate): EstimateView => ({
  campaignId: estimate.campaignId,
  state: estimate.state,
  reason: estimate.reason,
  progress: { looked: estimate.looked, of: estimate.total },
  counts: estimate.counts,
  askedAt: estimate.askedAt.toISOString(),
  endedAt: estimate.endedAt?.toISOString() ?? null,
});
