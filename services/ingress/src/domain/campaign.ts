import { Failure } from "@yubin/errors";
import {
  parseProfileRef,
  type CampaignAudience,
  type CampaignRequest,
  type CampaignState,
  type CampaignView,
  type OutcomeCounts,
  type SendRulesAsked,
} from "@yubin/types";

export interface Campaign {
  readonly id: string;
  readonly workspaceId: string;
  readonly channelId: string;
  readonly name: string;
  readonly content: CampaignRequest["content"];
  readonly personal: boolean;
  readonly audience: CampaignAudience;
  readonly purpose: string | null;
  readonly rules: SendRulesAsked;
  readonly state: CampaignState;
  readonly stateReason: string | null;
  /** Why its channel sends nothing, where the campaign would go on otherwise. */
  readonly heldBy?: string;
  /** Whether every recipient has a place in a batch. */
  readonly planned: boolean;
  readonly createdAt: Date;
  readonly launchedAt: Date | null;
  readonly endedAt: Date | null;
}

export interface CampaignSums {
  readonly totals: OutcomeCounts;
  readonly reasons: Readonly<Record<string, number>>;
}

export interface Campaigns {
  find(workspaceId: string, campaignId: string): Promise<Campaign | undefined>;
  list(workspaceId: string, page: { after: string; limit: number }): Promise<Campaign[]>;
  /** False where a campaign of this id is there already. */
  insert(campaign: Campaign): Promise<boolean>;
  /** Whether its audience could be anybody at this moment. */
  hasAudience(campaign: Campaign): Promise<boolean>;
  /** By compare-and-set on the state; undefined where it was another one. */
  move(campaign: Campaign, step: CampaignStep, now: Date): Promise<Campaign | undefined>;
  sum(campaign: Campaign): Promise<CampaignSums>;
}

export interface CampaignStep {
  readonly to: CampaignState;
  readonly reason: string | null;
  readonly launches: boolean;
  /** Sets it going, for the first time or again. */
  readonly runs: boolean;
  readonly ends: boolean;
}

export type CampaignAction = "launch" | "pause" | "resume" | "cancel";

/** What an action does to a campaign in its present state; undefined where it is done already. */
export const stepFor = (action: CampaignAction, campaign: Campaign): CampaignStep | undefined => {
  const { state, planned } = campaign;
  const step = (to: CampaignState, reason: string | null = null): CampaignStep => ({
    to,
    reason,
    launches: action === "launch",
    runs: action === "launch" || action === "resume",
    ends: action === "cancel",
  });
  switch (action) {
    case "launch":
      if (state === "draft") return step("planning");
      if (state === "planning" || state === "sending") return undefined;
      break;
    case "pause":
      if (state === "planning" || state === "sending") return step("paused", "operator");
      if (state === "paused") return undefined;
      break;
    case "resume":
      if (state === "paused" || state === "stopped") return step(planned ? "sending" : "planning");
      if (state === "planning" || state === "sending") return undefined;
      break;
    case "cancel":
      if (state === "cancelled") return undefined;
      if (state !== "done") return step("cancelled", "operator");
      break;
    default:
      throw new Error(`no such action: ${String(action satisfies never)}`);
  }
  throw new Failure("state_invalid", `a campaign that is ${state} takes no ${action}`);
};

/** References that are none are refused before anything is stored. The same one twice counts once. */
export const checkAudience = (audience: CampaignAudience): CampaignAudience => {
  if (audience.type !== "refs") return audience;
  const bad = audience.refs.findIndex((ref) => !parseProfileRef(ref));
  if (bad !== -1)
    throw new Failure(
      "request_invalid",
      "a reference is prof_…, user:…, email:… or line:<provider>:…",
      { field: `audience.refs[${bad}]` },
    );
  return { type: "refs", refs: [...new Set(audience.refs)] };
};

/** Why it does not go on, also where that is its channel's doing. */
export const stateReasonOf = ({ stateReason, heldBy }: Campaign): string | null =>
  stateReason ?? heldBy ?? null;

export const campaignView = (campaign: Campaign): CampaignView => ({
  id: campaign.id,
  name: campaign.name,
  channelId: campaign.channelId,
  state: campaign.state,
  stateReason: stateReasonOf(campaign),
  content: campaign.content,
  audience: campaign.audience,
  purpose: campaign.purpose,
  schedule: null,
  throttle: null,
  quietHours: orWorkspace(campaign.rules.quietHours),
  cap: orWorkspace(campaign.rules.cap),
  sendBefore: campaign.rules.sendBefore?.toISOString() ?? null,
  createdAt: campaign.createdAt.toISOString(),
  launchedAt: campaign.launchedAt?.toISOString() ?? null,
  endedAt: campaign.endedAt?.toISOString() ?? null,
});

/** What it does not say it leaves to the workspace. */
const orWorkspace = <Rule>(rule: Rule | undefined): Rule | "workspace" =>
  rule === undefined ? "workspace" : rule;
