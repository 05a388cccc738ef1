import { Failure } from "@yubin/errors";
import { campaignPreviewRequest } from "@yubin/types";

import type { Campaigns } from "../domain/campaign.ts";
import type { Channels } from "../domain/channel.ts";
import { previewCampaign } from "../domain/preview-campaign.ts";
import type { PreviewDeps } from "../domain/preview-message.ts";
import { defineRoute, lineTimeout, type ApiRoute } from "./api-route.ts";
import { findCampaign } from "./get-campaign.ts";

export interface PostCampaignPreviewDeps extends PreviewDeps {
  readonly campaigns: Campaigns;
  readonly channels: Channels;
}

/** What a campaign would send one person; sends nothing, in whatever state the campaign is. */
export const postCampaignPreview = (deps: PostCampaignPreviewDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/campaigns/:id/preview",
    scope: "send",
    timeout: lineTimeout,
    body: campaignPreviewRequest,
    handle: async ({ caller: { workspaceId }, params, body: request }) => {
      const campaign = await findCampaign(deps.campaigns, workspaceId, params["id"]);
      const channel = await deps.channels.find(workspaceId, campaign.channelId);
      if (!channel) throw new Failure("not_found", "the campaign's channel is not there any more");
      return { status: 200, body: await previewCampaign(deps, { campaign, channel, request }) };
    },
  });
