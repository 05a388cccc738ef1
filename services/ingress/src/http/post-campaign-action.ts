import { Failure } from "@yubin/errors";
import type { CampaignView, HaltedCampaignView } from "@yubin/types";
import type { z } from "zod";

import {
  campaignView,
  stepFor,
  type Campaign,
  type CampaignAction,
  type Campaigns,
} from "../domain/campaign.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findCampaign } from "./get-campaign.ts";

export interface PostCampaignActionDeps {
  readonly campaigns: Campaigns;
  /** Wakes the sender; best effort, its sweeper finds the campaign anyway. */
  readonly advance: (workspaceId: string, campaignId: string, delayMs: number) => void;
  readonly now: () => Date;
}

/** Somebody else may act at the same moment: look again, and once more. */
const triesMax = 5;

/** `launch`, `pause`, `resume` and `cancel`: one change of state each, and none where it is done already. */
export const postCampaignAction = (
  action: CampaignAction,
  { campaigns, advance, now }: PostCampaignActionDeps,
): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "post",
    path: `/v1/campaigns/:id/${action}`,
    scope: "send",
    creates: "yes",
    handle: async ({ caller: { workspaceId }, params }) => {
      for (let attempt = 0; attempt < triesMax; attempt += 1) {
        const campaign = await findCampaign(campaigns, workspaceId, params["id"]);
        const step = stepFor(action, campaign, now());
        if (!step) return { status: 200, body: await viewAfter(action, campaigns, campaign) };
        if (step.launches && !(await campaigns.hasAudience(campaign))) throw nobody(campaign);

        const moved = await campaigns.move(campaign, step, now());
        if (!moved) continue;
        advance(workspaceId, moved.id, delayOf(moved, now()));
        return { status: 200, body: await viewAfter(action, campaigns, moved) };
      }
      throw new Failure("state_invalid", "the campaign changed while it was asked to");
    },
  });

/** Whoever stops it wants to know of how many nobody can say yet that they get nothing. */
const viewAfter = async (
  action: CampaignAction,
  campaigns: Campaigns,
  campaign: Campaign,
): Promise<CampaignView | HaltedCampaignView> => {
  const view = campaignView(campaign);
  if (action !== "pause" && action !== "cancel") return view;
  return { ...view, sending: await campaigns.sending(campaign) };
};

/** Until it starts. */
export const delayOf = ({ state, startsAt }: Campaign, now: Date): number =>
  state === "scheduled" && startsAt ? Math.max(0, startsAt.getTime() - now.getTime()) : 0;

/** It would be done at once without a word to anybody, which is not what a launch was meant to be. */
const nobody = ({ audience }: Campaign): Failure =>
  new Failure(
    "state_invalid",
    audience.type === "list"
      ? "a campaign without an audience takes no launch: its list is not here yet, or empty"
      : "a campaign without an audience takes no launch: nobody follows its channel",
  );
