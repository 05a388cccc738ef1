import { seriesIntervals, type CampaignMetrics } from "@yubin/types";
import { z } from "zod";

import { stateReasonOf, type Campaigns } from "../domain/campaign.ts";
import type { ClickSums } from "../domain/click.ts";
import { defineRoute, type ApiRoute, type RouteTimeout } from "./api-route.ts";
import { findCampaign } from "./get-campaign.ts";

const metricsQuery = z.strictObject({ interval: z.enum(seriesIntervals).optional() });

/** A million people with words of their own are 5,000 batches to read. */
const manyBatches: RouteTimeout = { ms: 30_000, code: "store.unavailable" };

export interface GetCampaignMetricsDeps {
  readonly campaigns: Campaigns;
  readonly clicks: ClickSums;
}

/** What became of everybody in the audience, why, and when. */
export const getCampaignMetrics = ({ campaigns, clicks }: GetCampaignMetricsDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof metricsQuery>({
    method: "get",
    path: "/v1/campaigns/:id/metrics",
    scope: "read",
    query: metricsQuery,
    timeout: manyBatches,
    handle: async ({ caller, params, query: { interval } }) => {
      const campaign = await findCampaign(campaigns, caller.workspaceId, params["id"]);
      const { id: campaignId, workspaceId, tracking, state, planned } = campaign;
      const [{ totals, reasons, variants, series }, summed] = await Promise.all([
        campaigns.sum(campaign, interval),
        tracking === "off" ? null : clicks.sum({ workspaceId, campaignId, tracking }),
      ]);
      const body: CampaignMetrics = {
        state,
        stateReason: stateReasonOf(campaign),
        planned,
        totals,
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
