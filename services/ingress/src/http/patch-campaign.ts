import { isDeepStrictEqual } from "node:util";
import { Failure } from "@yubin/errors";
import { campaignPatch, sendRulesOf, type CampaignPatch } from "@yubin/types";

import {
  campaignView,
  checkAudience,
  checkExclude,
  checkThrottle,
  checkTimes,
  isOpenToChange,
  startOf,
  type Campaign,
} from "../domain/campaign.ts";
import { checkFilterChannels } from "../domain/check-filter-channels.ts";
import { checkSendBefore } from "../domain/check-send.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findCampaign } from "./get-campaign.ts";
import { delayOf } from "./post-campaign-action.ts";
import type { PostCampaignsDeps } from "./post-campaigns.ts";
import { isPersonalContent, takeContent } from "./take-content.ts";

export interface PatchCampaignDeps extends PostCampaignsDeps {
  readonly advance: (workspaceId: string, campaignId: string, delayMs: number) => void;
}

/** Changes a campaign that has never started, be it paused; from its start on it is what it is. */
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
      if (!isOpenToChange(campaign)) throw locked(campaign);
      const patch = changesIn(campaign, saidOf(body));
      if (Object.keys(patch).length === 0) return { status: 200, body: campaignView(campaign) };
      const wanted = await patched(deps, campaign, patch);
      checkTimes(wanted);
      const keepsAudience = campaign.state === "draft" || patch.audience === undefined;
      if (!keepsAudience && !(await deps.campaigns.hasAudience(wanted)))
        throw new Failure("state_invalid", "a campaign that was launched keeps an audience", {
          field: "audience",
        });
      const changed = await deps.campaigns.change(campaign, wanted);
      if (!changed) throw new Failure("state_invalid", "the campaign changed meanwhile; try again");
      if (changed.state === "scheduled")
        deps.advance(workspaceId, changed.id, delayOf(changed, deps.now()));
      return { status: 200, body: campaignView(changed) };
    },
  });

const locked = ({ state }: Campaign): Failure =>
  new Failure(
    "campaign_locked",
    state === "paused"
      ? "a campaign that was paused after its start stays as it is"
      : `a campaign that is ${state} stays as it is`,
  );

/** That there is to be none is told as a word. */
const saidOf = ({ tracking, ...body }: CampaignPatch): CampaignPatch =>
  tracking === undefined ? body : { ...body, tracking: tracking ?? "off" };

/**
 * What is asked for and not so already. Whoever says again what `GET` told changes nothing, and need not be able to ask
 * for it anew: a time of the past, a template that is archived since.
 */
const changesIn = (campaign: Campaign, asked: CampaignPatch): CampaignPatch => {
  const told: Readonly<Record<string, unknown>> = { ...campaignView(campaign) };
  return Object.fromEntries(
    Object.entries(asked).filter(([field, value]) => !isDeepStrictEqual(value, told[field])),
  );
};

const patched = async (
  deps: PatchCampaignDeps,
  campaign: Campaign,
  patch: CampaignPatch,
): Promise<Campaign> => {
  const now = deps.now();
  const { workspaceId } = campaign;
  const { name, channelId, audience, purpose, schedule, throttle, quota } = patch;
  if (channelId !== undefined)
    throw new Failure("request_invalid", "a campaign keeps its channel: make another one", {
      field: "channelId",
    });
  await checkFilterChannels(deps.channels, workspaceId, patch);
  const exclude = patch.exclude && (await checkExclude(deps.campaigns, workspaceId, patch.exclude));
  const changed = patch.content && (await newContent(deps, campaign, patch.content));
  const tracking = patch.tracking === undefined ? campaign.tracking : (patch.tracking ?? "off");
  const personal = isPersonalContent(deps, changed?.content ?? campaign.content, tracking);
  checkSendBefore(patch, now);
  checkThrottle(throttle);
  if (schedule === null && campaign.state === "scheduled")
    throw new Failure(
      "state_invalid",
      "a campaign that is scheduled keeps a schedule; a pause keeps it from starting",
      {
        field: "schedule",
      },
    );
  return {
    ...campaign,
    ...(name === undefined ? {} : { name }),
    ...changed,
    tracking,
    personal,
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

/** With a version of its own, unless it comes to what there is. */
const newContent = async (
  deps: PatchCampaignDeps,
  { workspaceId, content: before, contentVersion }: Campaign,
  asked: NonNullable<CampaignPatch["content"]>,
): Promise<Partial<Campaign>> => {
  const content = await takeContent(deps, { workspaceId, asked, before });
  const isSame = isDeepStrictEqual(content, before);
  return isSame ? {} : { content, contentVersion: contentVersion + 1 };
};
