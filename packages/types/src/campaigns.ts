import { z } from "zod";

import { audienceFilter } from "./audience-filter.ts";
import { tracking, type Clicks, type Tracking } from "./clicks.ts";
import { limits } from "./limits.ts";
import { schedule, type Schedule } from "./local-time.ts";
import type { OutcomeCounts } from "./messages.ts";
import { quotaChoice, type CampaignQuotaStatus, type QuotaChoice } from "./quota.ts";
import type { SeriesInterval, SeriesPoint } from "./series.ts";
import { sendRuleFields, type FrequencyCap, type QuietHours } from "./send-rules.ts";
import { campaignContent, type CampaignContent, type VariantMetrics } from "./variants.ts";

/** Whom a campaign is for: everybody who follows its channel, those of them for whom something is true, or named people. */
export const campaignAudience = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("friends") }),
  z.strictObject({ type: z.literal("filter"), where: audienceFilter }),
  z.strictObject({
    type: z.literal("refs"),
    refs: z.array(z.string().min(1).max(512)).min(1).max(limits.campaignRefsMax),
  }),
  z.strictObject({ type: z.literal("list") }),
]);
export type CampaignAudience = z.output<typeof campaignAudience>;

/** Whom a campaign leaves out, whoever its audience is; who is meant by any of it is `skipped` with `excluded`. */
export const campaignExclude = z
  .strictObject({
    refs: z.array(z.string().min(1).max(512)).min(1).max(limits.excludedRefsMax).optional(),
    where: audienceFilter.optional(),
    /** Whoever these campaigns were accepted for, or may have been. */
    campaigns: z
      .array(z.string().min(1).max(512))
      .min(1)
      .max(limits.excludedCampaignsMax)
      .optional(),
  })
  .refine((given) => Object.keys(given).length > 0, "needs refs, where or campaigns");
export type CampaignExclude = z.output<typeof campaignExclude>;

/** Whether it is walked through in the order of profile ids, so that a person can be in one batch only and is found by halving. */
export const isWalked = ({ type }: Pick<CampaignAudience, "type">): boolean =>
  type === "friends" || type === "filter";
/** So many people a minute or an hour at most, evenly spread, however fast LINE would take them; one of the two. */
export const throttle = z.strictObject({
  perMinute: z.number().optional(),
  perHour: z.number().optional(),
});
export type Throttle = z.output<typeof throttle>;

export const peoplePerMinute = ({ perMinute, perHour = 0 }: Throttle): number =>
  perMinute ?? perHour / 60;

/** Body of `POST /v1/campaigns`. */
export const campaignRequest = z.strictObject({
  name: z.string().trim().min(1).max(200),
  channelId: z.string().min(1).max(512),
  content: campaignContent,
  audience: campaignAudience,
  exclude: campaignExclude.nullable().optional(),
  /** When it starts once it is launched; at once without. */
  schedule: schedule.nullable().optional(),
  throttle: throttle.nullable().optional(),
  /** What it does where the month's quota is short; null or nothing: as the workspace says. */
  quota: quotaChoice.nullable().optional(),
  /** Whether clicks on its links are counted, and whose; `off` where nothing or null is said. */
  tracking: tracking.nullable().optional(),
  ...sendRuleFields,
});
export type CampaignRequest = z.output<typeof campaignRequest>;

/**
 * Body of `PATCH /v1/campaigns/:id`: what is not said stays, and null takes it back, as if it was never said. As
 * `GET` tells these fields they can be said again, and change nothing; the channel is the one that there is.
 */
export const campaignPatch = campaignRequest.partial();
export type CampaignPatch = z.output<typeof campaignPatch>;

export const campaignStates = [
  "draft",
  "scheduled",
  "planning",
  "sending",
  "paused",
  "done",
  "cancelled",
  "stopped",
] as const;
export type CampaignState = (typeof campaignStates)[number];

/** Answer of `GET /v1/campaigns/:id`. */
export interface CampaignView {
  readonly id: string;
  readonly name: string;
  readonly channelId: string;
  readonly state: CampaignState;
  readonly stateReason: string | null;
  readonly content: CampaignContent;
  /** Grows with each change of the content. */
  readonly contentVersion: number;
  readonly audience: CampaignAudience;
  /** The uploaded list that is its audience, once there is a whole one. */
  readonly list: { readonly id: string; readonly rows: number } | null;
  readonly exclude: CampaignExclude | null;
  readonly purpose: string | null;
  readonly schedule: Schedule | null;
  /** The moment that the schedule means. */
  readonly startsAt: string | null;
  readonly throttle: Throttle | null;
  /** Null: what the workspace says when it is sent. `none`: it is sent at any time, and to everybody. */
  readonly quietHours: QuietHours | "none" | null;
  readonly cap: FrequencyCap | "none" | null;
  readonly sendBefore: string | null;
  /** What it does where the month's quota is short. Null: what the workspace says when its people are counted. */
  readonly quota: QuotaChoice | null;
  readonly quotaStatus: CampaignQuotaStatus;
  readonly tracking: Tracking;
  readonly createdAt: string;
  readonly launchedAt: string | null;
  readonly endedAt: string | null;
}

/** Answer of `POST /v1/campaigns/:id/pause` and of `cancel`, which take back nothing that LINE was asked. */
export interface HaltedCampaignView extends CampaignView {
  /** As in `CampaignMetrics`, at this moment; null where that takes longer to count than anybody should wait. */
  readonly sending: number | null;
}

/** Answer of `GET /v1/campaigns/:id/metrics`. */
export interface CampaignMetrics {
  readonly state: CampaignState;
  /** Why it does not go on, where it does not. */
  readonly stateReason: string | null;
  readonly planned: boolean;
  readonly totals: OutcomeCounts;
  /**
   * How many of those who are queued LINE was asked to send to, or is about to be, without an answer so far: they may
   * have the message.
   */
  readonly sending: number;
  /** Reasons of refused, skipped, cancelled and unknown, as `skipped.not_following`. */
  readonly reasons: Readonly<Record<string, number>>;
  /** By variant, the control group after them; empty where everybody is sent the same. */
  readonly variants: readonly VariantMetrics[];
  /** Null where its links are not tracked. */
  readonly clicks: Clicks | null;
  /** How wide a point of `series` is. */
  readonly seriesInterval: SeriesInterval;
  /** When deliveries ended: the sum of its points is `totals` without who is queued. None where nothing ended. */
  readonly series: readonly SeriesPoint[];
}
