import { campaignStates } from "@yubin/types";
import { z } from "zod";

import { campaignPlaceText, readCampaignPlace } from "../domain/campaign-list.ts";
import { campaignView, type Campaigns } from "../domain/campaign.ts";
import type { Cursors } from "../domain/cursors.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { pageQuery, readPage } from "./paging.ts";

export interface GetCampaignsDeps {
  readonly campaigns: Campaigns;
  readonly cursors: Cursors;
}

const campaignsQuery = pageQuery.extend({
  state: z.enum(campaignStates).optional(),
  channelId: z.string().min(1).max(512).optional(),
});

/** The newest first, so that what is drafted while somebody pages stands before where they began. */
export const getCampaigns = ({ campaigns, cursors }: GetCampaignsDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof campaignsQuery>({
    method: "get",
    path: "/v1/campaigns",
    scope: "read",
    query: campaignsQuery,
    handle: async ({ caller: { workspaceId }, query: { state, channelId, ...query } }) => {
      const filter = { state, channelId };
      const page = await readPage({
        cursors,
        list: `${workspaceId}/campaigns${JSON.stringify(filter)}`,
        query,
        read: ({ after, limit }) =>
          campaigns.list(workspaceId, filter, { after: readCampaignPlace(after), limit }),
        idOf: campaignPlaceText,
        view: campaignView,
      });
      return { status: 200, body: page };
    },
  });
