import { Failure } from "@yubin/errors";
import { campaignTestRequest, newId } from "@yubin/types";

import type { Campaigns } from "../domain/campaign.ts";
import type { Channels } from "../domain/channel.ts";
import { testCampaign, type TestCampaignDeps } from "../domain/test-campaign.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findCampaign } from "./get-campaign.ts";

export interface PostCampaignTestDeps extends TestCampaignDeps {
  readonly campaigns: Campaigns;
  readonly channels: Channels;
}

/** A campaign's content to a few people, before or while it is sent to all; in any state of it. */
export const postCampaignTest = (deps: PostCampaignTestDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/campaigns/:id/test",
    scope: "send",
    creates: "yes",
    body: campaignTestRequest,
    handle: async ({ caller: { workspaceId }, params, body: request, idempotencyKey }) => {
      const campaign = await findCampaign(deps.campaigns, workspaceId, params["id"]);
      const channel = await deps.channels.find(workspaceId, campaign.channelId);
      if (!channel) throw new Failure("not_found", "the campaign's channel is not there any more");
      const run = idempotencyKey ?? newId("msg");
      const body = await testCampaign(deps, { campaign, channel, request, run });
      return { status: 202, body };
    },
  });
