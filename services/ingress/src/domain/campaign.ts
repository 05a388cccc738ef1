import { Failure } from "@yubin/errors";
import {
  limits,
  momentOf,
  parseProfileRef,
  type CampaignAudience,
  type CampaignContent,
  type CampaignExclude,
  type CampaignState,
  type CampaignView,
  type OutcomeCounts,
  type Schedule,
  type SendRulesAsked,
  type SeriesInterval,
  type Throttle,
  type Tracking,
  type VariantMetrics,
} from "@yubin/types";

import type { CampaignFilter, CampaignPlace } from "./campaign-list.ts";
import { quotaStatus, type CampaignQuota } from "./campaign-quota.ts";
import type { Series } from "./series.ts";

export interface Campaign {
  readonly id: string;
  readonly workspaceId: string;
  readonly channelId: string;
  readonly name: string;
  readonly content: CampaignContent;
  readonly personal: boolean;
  readonly audience: CampaignAudience;
  readonly list: { readonly id: string; readonly pages: number; readonly rows: number } | null;
  readonly exclude: CampaignExclude | null;
  readonly purpose: string | null;
  readonly rules: SendRulesAsked;
  readonly schedule: Schedule | null;
  readonly startsAt: Date | null;
  /** Null as long as nothing of it was planned; not there where nobody wrote that down. */
  readonly startedAt?: Date | null;
  readonly throttle: Throttle | null;
  /** Whose clicks on its links are counted. */
  readonly tracking: Tracking;
  readonly quota: CampaignQuota;
  readonly contentVersion: number;
  /** Grows with each change that is asked for. */
  readonly revision: number;
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
  /** Those of the queued who are in a call that has no answer yet. */
  readonly sending: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly variants: readonly VariantSums[];
  readonly series: Series;
}

export type VariantSums = Omit<VariantMetrics, "clicks">;

export interface Campaigns {
  find(workspaceId: string, campaignId: string): Promise<Campaign | undefined>;
  /** The newest first. */
  list(
    workspaceId: string,
    filter: CampaignFilter,
    page: { readonly after: CampaignPlace | undefined; readonly limit: number },
  ): Promise<Campaign[]>;
  /** False where a campaign of this id is there already. */
  insert(campaign: Campaign): Promise<boolean>;
  /** Whether its audience could be anybody at this moment. */
  hasAudience(campaign: Campaign): Promise<boolean>;
  /** What is asked for instead, as long as it is as it was read and open to change; undefined where it is not. */
  change(campaign: Campaign, changed: Campaign): Promise<Campaign | undefined>;
  /** By compare-and-set on the state; undefined where it was another one. */
  move(campaign: Campaign, step: CampaignStep, now: Date): Promise<Campaign | undefined>;
  /** As `sum` counts them; null where that takes too long. */
  sending(campaign: Campaign): Promise<number | null>;
  /** `interval`: how wide a point of the series is to be, where that matters. */
  sum(campaign: Campaign, interval?: SeriesInterval): Promise<CampaignSums>;
}

export interface CampaignStep {
  readonly to: CampaignState;
  readonly reason: string | null;
  readonly launches: boolean;
  /** From now on people are planned, and it stays as it is. */
  readonly starts: boolean;
  /** Sets it going, for the first time or again. */
  readonly runs: boolean;
  readonly ends: boolean;
  /** Whoever sets it going again knows that the month's quota is short. */
  readonly waivesQuota: boolean;
}

export type CampaignAction = "launch" | "pause" | "resume" | "cancel";

/** What an action does to a campaign in its present state; undefined where it is done already. */
export const stepFor = (
  action: CampaignAction,
  campaign: Campaign,
  now: Date,
): CampaignStep | undefined => {
  const { state, stateReason, planned, startsAt, startedAt } = campaign;
  const isAhead = startsAt !== null && startsAt > now && !startedAt;
  const step = (to: CampaignState, reason: string | null = null): CampaignStep => ({
    to,
    reason,
    launches: action === "launch",
    starts: to === "planning" && !startedAt,
    runs: action === "launch" || action === "resume",
    ends: action === "cancel",
    waivesQuota: action === "resume" && (stateReason === "quota" || stateReason === "quota_short"),
  });
  switch (action) {
    case "launch":
      if (state === "draft")
        return step(startsAt && isInTime(startsAt, now) ? "scheduled" : "planning");
      if (isUnderWay(state)) return undefined;
      break;
    case "pause":
      if (isUnderWay(state)) return step("paused", "operator");
      // It would go on by itself, which whoever pauses it does not want.
      if (state === "paused")
        return stateReason === "quota" ? step("paused", "operator") : undefined;
      break;
    case "resume":
      if (state === "paused" || state === "stopped")
        return step(isAhead ? "scheduled" : planned ? "sending" : "planning");
      if (isUnderWay(state)) return undefined;
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

/** Whether nothing of it can have been planned or sent, so that all of it may still become another. */
export const isOpenToChange = ({ state, startedAt }: Campaign): boolean =>
  state === "draft" || state === "scheduled" || (state === "paused" && startedAt === null);

const isUnderWay = (state: CampaignState): boolean =>
  state === "scheduled" || state === "planning" || state === "sending";

/** What was meant for a time that is over is not what anybody wants to be sent now. */
const isInTime = (startsAt: Date, now: Date): boolean => {
  if (startsAt > now) return true;
  throw new Failure("send_at_invalid", "the time of the schedule is over: set another one", {
    field: "schedule.at",
  });
};

/** When it starts; refused where no clock ever shows that time, or where it cannot be meant. */
export const startOf = (asked: Schedule | null, now: Date): Date | null => {
  if (asked === null) return null;
  const moment = momentOf(asked);
  const refuse = (why: string): Failure =>
    new Failure("send_at_invalid", why, { field: "schedule.at" });
  if (!moment) throw refuse("the clock of this zone never shows that time");
  if (moment <= now) throw refuse("the schedule must be ahead");
  if (moment.getTime() > now.getTime() + limits.sendAtAheadMs)
    throw refuse("the schedule must be ahead by at most 366 days");
  return moment;
};

/** It must leave some time to send in once it starts. */
export const checkTimes = ({ startsAt, rules }: Pick<Campaign, "startsAt" | "rules">): void => {
  if (startsAt === null || rules.sendBefore === null || startsAt < rules.sendBefore) return;
  throw new Failure("send_at_invalid", "sendBefore must be after the time of the schedule", {
    field: "sendBefore",
  });
};

export const checkThrottle = (throttle: Throttle | null | undefined): void => {
  if (!throttle) return;
  const { perMinute, perHour } = throttle;
  if ((perMinute === undefined) === (perHour === undefined))
    throw new Failure("rate_out_of_range", "either perMinute or perHour", { field: "throttle" });
  const max = limits.throttlePerMinuteMax;
  const [field, given = 0] =
    perMinute === undefined ? (["perHour", perHour] as const) : (["perMinute", perMinute] as const);
  if (Number.isInteger(given) && given >= 1 && given <= max) return;
  const unit = field === "perHour" ? "an hour" : "a minute";
  throw new Failure("rate_out_of_range", `a whole number of people ${unit}, from 1 to ${max}`, {
    field: `throttle.${field}`,
  });
};

/** References that are none are refused before anything is stored. The same one twice counts once. */
export const checkAudience = (audience: CampaignAudience): CampaignAudience => {
  if (audience.type !== "refs") return audience;
  return { type: "refs", refs: checkRefs(audience.refs, "audience.refs") };
};

const checkRefs = (refs: readonly string[], field: string): string[] => {
  const bad = refs.findIndex((ref) => !parseProfileRef(ref));
  if (bad !== -1)
    throw new Failure(
      "request_invalid",
      "a reference is prof_…, user:…, email:… or line:<provider>:…",
      { field: `${field}[${bad}]` },
    );
  return [...new Set(refs)];
};

/** Campaigns that are left out must be there: one that is not would leave out nobody, and nobody would be told. */
export const checkExclude = async (
  campaigns: Pick<Campaigns, "find">,
  workspaceId: string,
  exclude: CampaignExclude,
): Promise<CampaignExclude> => {
  for (const [at, id] of (exclude.campaigns ?? []).entries())
    if (!(await campaigns.find(workspaceId, id)))
      throw new Failure("not_found", "no such campaign", { field: `exclude.campaigns[${at}]` });
  return exclude.refs ? { ...exclude, refs: checkRefs(exclude.refs, "exclude.refs") } : exclude;
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
  contentVersion: campaign.contentVersion,
  audience: campaign.audience,
  list: campaign.list && { id: campaign.list.id, rows: campaign.list.rows },
  exclude: campaign.exclude,
  purpose: campaign.purpose,
  schedule: campaign.schedule,
  startsAt: campaign.startsAt?.toISOString() ?? null,
  throttle: campaign.throttle,
  quietHours: campaign.rules.quietHours ?? null,
  cap: campaign.rules.cap ?? null,
  sendBefore: campaign.rules.sendBefore?.toISOString() ?? null,
  quota: campaign.quota.choice,
  quotaStatus: quotaStatus(campaign),
  tracking: campaign.tracking,
  createdAt: campaign.createdAt.toISOString(),
  launchedAt: campaign.launchedAt?.toISOString() ?? null,
  endedAt: campaign.endedAt?.toISOString() ?? null,
});
