import { seriesIntervals, type CampaignMetrics } from "@yubin/types";
import { z } from "zod";

import { stateReasonOf, type Campaign, type Campaigns } from "../domain/campaign.ts";
import {
  areClicksKnown,
  linksFrom,
  unknownClicks,
  type ClickSums,
  type SummedClicks,
} from "../domain/click.ts";
import { defineRoute, type ApiRoute, type RouteTimeout } from "./api-route.ts";
import { findCampaign } from "./get-campaign.ts";

const metricsQuery = z.strictObject({ interval: z.enum(seriesIntervals).optional() });

/** A million people with words of their own are 5,000 batches to read. */
const manyBatches: RouteTimeout = { ms: 30_000, code: "store.unavailable" };

export interface GetCampaignMetricsDeps {
  readonly campaigns: Campaigns;
  readonly clicks: ClickSums;
  readonly now: () => Date;
}

/** What became of everybody in the audience, why, and when. */
export const getCampaignMetrics = (deps: GetCampaignMetricsDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof metricsQuery>({
    method: "get",
    path: "/v1/campaigns/:id/metrics",
    scope: "read",
    query: metricsQuery,
    timeout: manyBatches,
    handle: async ({ caller, params, query: { interval } }) => {
      const campaign = await findCampaign(deps.campaigns, caller.workspaceId, params["id"]);
      const { state, planned } = campaign;
      const [{ totals, sending, reasons, variants, series }, summed] = await Promise.all([
        deps.campaigns.sum(campaign, interval),
        clicksOn(deps, campaign),
      ]);
      const body: CampaignMetrics = {
        state,
        stateReason: stateReasonOf(campaign),
        planned,
        totals,
        sending,
        reasons,
        variants: variants.map((one) => ({
          ...one,
          clicks: one.weight === null ? null : (summed?.of(one.name) ?? null),
        })),
        seriesInterval: series.interval,
        series: series.points,
        clicks: summed?.all ?? null,
      };
      return { status: 200, body };
    },
  });

const clicksOn = async (
  { clicks, now }: GetCampaignMetricsDeps,
  { id: campaignId, workspaceId, tracking, ...sending }: Campaign,
): Promise<SummedClicks | null> => {
  if (tracking === "off") return null;
  if (!areClicksKnown(linksFrom(sending), now()))
    return { all: unknownClicks, of: () => unknownClicks };
  return clicks.sum({ workspaceId, campaignId, tracking });
};
