import { Failure } from "@yubin/errors";
import type { z } from "zod";

import { campaignView, type Campaign, type Campaigns } from "../domain/campaign.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";

export const getCampaign = ({ campaigns }: { readonly campaigns: Campaigns }): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/campaigns/:id",
    scope: "read",
    handle: async ({ caller, params }) => ({
      status: 200,
      body: campaignView(await findCampaign(campaigns, caller.workspaceId, params["id"])),
    }),
  });

/** Another workspace's campaign is as absent as one that never was. */
export const findCampaign = async (
  campaigns: Campaigns,
  workspaceId: string,
  campaignId: string | undefined,
): Promise<Campaign> => {
  const campaign = await campaigns.find(workspaceId, campaignId ?? "");
  if (!campaign) throw new Failure("not_found", "no such campaign");
  return campaign;
};
