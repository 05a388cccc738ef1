import { Failure } from "@yubin/errors";
import { campaignPatch, sendRulesOf, type CampaignPatch } from "@yubin/types";

import {
  campaignView,
  checkAudience,
  checkExclude,
  checkThrottle,
  checkTimes,
  startOf,
  type Campaign,
} from "../domain/campaign.ts";
import { checkSendBefore } from "../domain/check-send.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findCampaign } from "./get-campaign.ts";
import { delayOf } from "./post-campaign-action.ts";
import type { PostCampaignsDeps } from "./post-campaigns.ts";
import { takeContent } from "./take-content.ts";

export interface PatchCampaignDeps extends PostCampaignsDeps {
  readonly advance: (workspaceId: string, campaignId: string, delayMs: number) => void;
}

/** Changes a campaign of which nothing has been sent; from its start on it is what it is. */
export const patchCampaign = (deps: PatchCampaignDeps): ApiRoute =>
  defineRoute({
    method: "patch",
    path: "/v1/campaigns/:id",
    scope: "send",
    body: campaignPatch,
    handle: async ({ caller: { workspaceId }, params, body }) => {
      if (Object.keys(body).length === 0)
        throw new Failure("request_invalid", "needs something to change");
      const campaign = await findCampaign(deps.campaigns, workspaceId, params["id"]);
      if (campaign.state !== "draft" && campaign.state !== "scheduled")
        throw new Failure("campaign_locked", `a campaign that is ${campaign.state} stays as it is`);
      const exclude =
        body.exclude && (await checkExclude(deps.campaigns, workspaceId, body.exclude));
      const patch = { ...body, ...(exclude ? { exclude } : {}) };
      const wanted = await patched(deps, campaign, patch);
      checkTimes(wanted);
      if (campaign.state === "scheduled" && !(await deps.campaigns.hasAudience(wanted)))
        throw new Failure("state_invalid", "a campaign that is scheduled keeps an audience", {
          field: "audience",
        });
      const changed = await deps.campaigns.change(campaign, wanted);
      if (!changed) throw new Failure("state_invalid", "the campaign changed meanwhile; try again");
      if (changed.state === "scheduled")
        deps.advance(workspaceId, changed.id, delayOf(changed, deps.now()));
      return { status: 200, body: campaignView(changed) };
    },
  });

const patched = async (
  deps: PatchCampaignDeps,
  campaign: Campaign,
  patch: CampaignPatch,
): Promise<Campaign> => {
  const now = deps.now();
  const { name, audience, exclude, purpose, schedule, throttle, quota } = patch;
  const taken = patch.content && (await takeContent(deps, campaign.workspaceId, patch.content));
  checkSendBefore(patch, now);
  checkThrottle(throttle);
  if (schedule === null && campaign.state === "scheduled")
    throw new Failure("state_invalid", "a campaign that is scheduled keeps a schedule: pause it", {
      field: "schedule",
    });
  return {
    ...campaign,
    ...(name === undefined ? {} : { name }),
    ...(taken ? { ...taken, contentVersion: campaign.contentVersion + 1 } : {}),
    ...(audience ? { audience: checkAudience(audience) } : {}),
    ...(exclude === undefined ? {} : { exclude }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(schedule === undefined ? {} : { schedule, startsAt: startOf(schedule, now) }),
    ...(throttle === undefined ? {} : { throttle }),
    ...(quota === undefined ? {} : { quota: { ...campaign.quota, choice: quota } }),
    rules: {
      ...campaign.rules,
      ...Object.fromEntries(
        Object.entries(sendRulesOf(patch)).filter(([field]) => Object.hasOwn(patch, field)),
      ),
    },
  };
};
