import { setTimeout as pause } from "node:timers/promises";

import { Failure } from "@yubin/errors";
import { newId, type QuotaView } from "@yubin/types";
import type { z } from "zod";

import type { Campaign, Campaigns } from "../domain/campaign.ts";
import type { Channels } from "../domain/channel.ts";
import {
  checkEstimable,
  estimatedOf,
  estimateView,
  type Estimate,
  type Estimates,
} from "../domain/estimate.ts";
import { monthOf, type AskQuotaDeps } from "../domain/quota.ts";
import { defineRoute, lineTimeout, type ApiAnswer, type ApiRoute } from "./api-route.ts";
import { findCampaign } from "./get-campaign.ts";

export interface EstimateRoutesDeps extends AskQuotaDeps {
  readonly campaigns: Campaigns;
  readonly channels: Channels;
  readonly estimates: Estimates;
  /** Wakes the sender; best effort, its sweeper finds the estimate anyway. */
  readonly estimate: (workspaceId: string, campaignId: string) => void;
  readonly now: () => Date;
}

const freshMs = 60_000;
/** Who asks waits for so long; after that they are told how far it is, and ask again. */
const waitMs = 3_000;
const lookEveryMs = 50;

/** Counts whom a campaign would reach if it were launched now; the same question within a minute has the same answer. */
export const postEstimate = (deps: EstimateRoutesDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "post",
    path: "/v1/campaigns/:id/estimate",
    scope: "send",
    timeout: lineTimeout,
    handle: async ({ caller: { workspaceId }, params }) => {
      const campaign = await findCampaign(deps.campaigns, workspaceId, params["id"]);
      checkEstimable(campaign);
      const now = deps.now();
      const { estimate, isNew } = await deps.estimates.ask(campaign, {
        of: estimatedOf(campaign),
        run: newId("est"),
        now,
        freshFrom: new Date(now.getTime() - freshMs),
      });
      if (isNew) deps.estimate(workspaceId, campaign.id);
      const until = performance.now() + waitMs;
      let known = estimate;
      while (known.state === "counting" && performance.now() < until) {
        await pause(lookEveryMs);
        known = (await deps.estimates.find(campaign)) ?? known;
      }
      return await answerWith(deps, campaign, known);
    },
  });

/** How far it is, or what it came to. */
export const getEstimate = (deps: EstimateRoutesDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/campaigns/:id/estimate",
    scope: "read",
    timeout: lineTimeout,
    handle: async ({ caller: { workspaceId }, params }) => {
      const campaign = await findCampaign(deps.campaigns, workspaceId, params["id"]);
      const estimate = await deps.estimates.find(campaign);
      if (!estimate) throw new Failure("not_found", "no estimate was asked for");
      return await answerWith(deps, campaign, estimate);
    },
  });

const answerWith = async (
  deps: EstimateRoutesDeps,
  campaign: Campaign,
  estimate: Estimate,
): Promise<ApiAnswer> => {
  const { counts } = estimate;
  if (!counts)
    return { status: estimate.state === "counting" ? 202 : 200, body: estimateView(estimate) };
  const quota = await quotaOf(deps, campaign);
  const known = {
    ...counts,
    quotaLeft: quota?.left ?? null,
    quotaShort: quota ? Math.max(0, counts.quotaNeeded - (quota.left ?? Infinity)) : null,
    quotaForecast: quota ? quota.forecast + counts.quotaNeeded : null,
  };
  return { status: 200, body: estimateView({ ...estimate, counts: known }) };
};

/** As it is now, and not when the people were counted; an estimate is one without it, too. */
const quotaOf = async (
  deps: EstimateRoutesDeps,
  { workspaceId, channelId }: Campaign,
): Promise<QuotaView | undefined> => {
  const channel = await deps.channels.find(workspaceId, channelId);
  if (!channel) return undefined;
  try {
    return await monthOf(deps, channel);
  } catch (error) {
    if (error instanceof Failure && error.code.startsWith("line.")) return undefined;
    throw error;
  }
};
