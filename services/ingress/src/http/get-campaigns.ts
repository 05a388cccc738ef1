import type { z } from "zod";

import { campaignView, type Campaigns } from "../domain/campaign.ts";
import type { Cursors } from "../domain/cursors.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { pageQuery, readPage } from "./paging.ts";

export interface GetCampaignsDeps {
  readonly campaigns: Campaigns;
  readonly cursors: Cursors;
}

export const getCampaigns = ({ campaigns, cursors }: GetCampaignsDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof pageQuery>({
    method: "get",
    path: "/v1/campaigns",
    scope: "read",
    query: pageQuery,
    handle: async ({ caller: { workspaceId }, query }) => ({
      status: 200,
      body: await readPage({
        cursors,
        list: `${workspaceId}/campaigns`,
        query,
        read: (page) => campaigns.list(workspaceId, page),
        idOf: ({ id }) => id,
        view: campaignView,
      }),
    }),
  });
