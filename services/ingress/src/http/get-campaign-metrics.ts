import type { CampaignMetrics } from "@yubin/types";
import type { z } from "zod";

import { stateReasonOf, type Campaigns } from "../domain/campaign.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findCampaign } from "./get-campaign.ts";

/** What became of everybody in the audience, and why. */
export const getCampaignMetrics = ({ campaigns }: { readonly campaigns: Campaigns }): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/campaigns/:id/metrics",
    scope: "read",
    handle: async ({ caller, params }) => {
      const campaign = await findCampaign(campaigns, caller.workspaceId, params["id"]);
      const { totals, reasons, variants } = await campaigns.sum(campaign);
      const { state, planned } = campaign;
      const body: CampaignMetrics = {
        state,
        stateReason: stateReasonOf(campaign),
        planned,
        totals,
        reasons,
        variants,
      };
      return { status: 200, body };
    },
  });
