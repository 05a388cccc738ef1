import { isDeepStrictEqual } from "node:util";
import { Failure } from "@yubin/errors";
import {
  campaignRequest,
  contentAsked,
  idFrom,
  newId,
  sendRulesOf,
  type CampaignRequest,
} from "@yubin/types";

import {
  campaignView,
  checkAudience,
  checkExclude,
  checkThrottle,
  checkTimes,
  startOf,
  type Campaign,
  type Campaigns,
} from "../domain/campaign.ts";
import type { Channels } from "../domain/channel.ts";
import { checkFilterChannels } from "../domain/check-filter-channels.ts";
import { checkSendBefore } from "../domain/check-send.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { isPersonalContent, takeContent, type TakeContentDeps } from "./take-content.ts";

export interface PostCampaignsDeps extends TakeContentDeps {
  readonly campaigns: Campaigns;
  readonly channels: Channels;
  readonly now: () => Date;
}

/** Drafts a campaign; nothing is sent before it is launched. */
export const postCampaigns = (deps: PostCampaignsDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/campaigns",
    scope: "send",
    creates: "yes",
    body: campaignRequest,
    handle: async ({ caller: { workspaceId }, body, idempotencyKey }) => {
      const content = await takeContent(deps, { workspaceId, asked: body.content });
      const audience = checkAudience(body.audience);
      checkSendBefore(body, deps.now());
      checkThrottle(body.throttle);
      if (!(await deps.channels.find(workspaceId, body.channelId)))
        throw new Failure("not_found", "no such channel", { field: "channelId" });
      await checkFilterChannels(deps.channels, workspaceId, body);

      const exclude =
        body.exclude && (await checkExclude(deps.campaigns, workspaceId, body.exclude));
      const campaign = draft(
        { ...body, audience, content, exclude },
        {
          id:
            idempotencyKey === undefined
              ? newId("camp")
              : idFrom("camp", workspaceId, idempotencyKey),
          workspaceId,
          personal: isPersonalContent(deps, content, body.tracking ?? "off"),
          createdAt: deps.now(),
        },
      );
      checkTimes(campaign);
      const stored = (await deps.campaigns.insert(campaign))
        ? campaign
        : await theSame(deps.campaigns, campaign);
      return { status: 201, body: campaignView(stored) };
    },
  });

const draft = (
  request: Omit<CampaignRequest, "content"> & Pick<Campaign, "content">,
  facts: Pick<Campaign, "id" | "workspaceId" | "personal" | "createdAt">,
): Campaign => ({
  ...facts,
  channelId: request.channelId,
  name: request.name,
  content: request.content,
  audience: request.audience,
  list: null,
  exclude: request.exclude ?? null,
  purpose: request.purpose ?? null,
  rules: sendRulesOf(request),
  schedule: request.schedule ?? null,
  startsAt: startOf(request.schedule ?? null, facts.createdAt),
  throttle: request.throttle ?? null,
  tracking: request.tracking ?? "off",
  quota: { choice: request.quota ?? null, judged: null, trimmed: 0, looksAt: null },
  contentVersion: 1,
  revision: 0,
  state: "draft",
  stateReason: null,
  planned: false,
  launchedAt: null,
  startedAt: null,
  endedAt: null,
});

/** The id follows from the key, so a draft is there already where an earlier try got that far. */
const theSame = async (campaigns: Campaigns, asked: Campaign): Promise<Campaign> => {
  const earlier = await campaigns.find(asked.workspaceId, asked.id);
  if (earlier && isDeepStrictEqual(askedIn(earlier), askedIn(asked))) return earlier;
  throw new Failure("idempotency_mismatch", "another campaign was made under this key");
};

const askedIn = (campaign: Campaign) => {
  const { channelId, name, audience, exclude, purpose, rules, schedule, throttle } = campaign;
  const { tracking } = campaign;
  const quota = campaign.quota.choice;
  const words = contentAsked(campaign.content);
  const asked = { channelId, name, words, audience, exclude, purpose, rules };
  return { ...asked, schedule, throttle, quota, tracking };
};
