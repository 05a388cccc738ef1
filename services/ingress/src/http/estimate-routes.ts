import { setTimeout as pause } from "node:timers/promises";

import { Failure } from "@yubin/errors";
import { newId } from "@yubin/types";
import type { z } from "zod";

import type { Campaigns } from "../domain/campaign.ts";
import {
  checkEstimable,
  estimatedOf,
  estimateView,
  type Estimate,
  type Estimates,
} from "../domain/estimate.ts";
import { defineRoute, type ApiAnswer, type ApiRoute } from "./api-route.ts";
import { findCampaign } from "./get-campaign.ts";

export interface EstimateRoutesDeps {
  readonly campaigns: Campaigns;
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
      return answerWith(known);
    },
  });

/** How far it is, or what it came to. */
export const getEstimate = ({ campaigns, estimates }: EstimateRoutesDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/campaigns/:id/estimate",
    scope: "read",
    handle: async ({ caller: { workspaceId }, params }) => {
      const campaign = await findCampaign(campaigns, workspaceId, params["id"]);
      const estimate = await estimates.find(campaign);
      if (!estimate) throw new Failure("not_found", "no estimate was asked for");
      return answerWith(estimate);
    },
  });

const answerWith = (estimate: Estimate): ApiAnswer => ({
  status: estimate.state === "counting" ? 202 : 200,
  body: estimateView(estimate),
});
