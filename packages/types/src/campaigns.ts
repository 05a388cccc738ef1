import { z } from "zod";

import { lineMessages } from "./line-messages/line-message.ts";
import { limits } from "./limits.ts";
import type { OutcomeCounts } from "./messages.ts";
import { sendRuleFields, type FrequencyCap, type QuietHours } from "./send-rules.ts";

export const campaignAudience = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("friends") }),
  z.strictObject({
    type: z.literal("refs"),
    refs: z.array(z.string().min(1).max(512)).min(1).max(limits.campaignRefsMax),
  }),
]);
export type CampaignAudience = z.output<typeof campaignAudience>;

/** Body of `POST /v1/campaigns`. */
export const campaignRequest = z.strictObject({
  name: z.string().trim().min(1).max(200),
  channelId: z.string().min(1).max(512),
  content: z.strictObject({ messages: lineMessages, notificationDisabled: z.boolean().optional() }),
  audience: campaignAudience,
  ...sendRuleFields,
});
export type CampaignRequest = z.output<typeof campaignRequest>;

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
  readonly content: CampaignRequest["content"];
  readonly audience: CampaignAudience;
  readonly purpose: string | null;
  /** These two cannot be set yet: a campaign starts when it is launched, at the channel's pace. */
  readonly schedule: null;
  readonly throttle: null;
  /** `workspace`: what the workspace says when it is sent. Null: it is sent at any time, and to everybody. */
  readonly quietHours: QuietHours | "workspace" | null;
  readonly cap: FrequencyCap | "workspace" | null;
  readonly sendBefore: string | null;
  readonly createdAt: string;
  readonly launchedAt: string | null;
  readonly endedAt: string | null;
}

/** Answer of `GET /v1/campaigns/:id/metrics`. */
export interface CampaignMetrics {
  readonly state: CampaignState;
  /** Why it does not go on, where it does not. */
  readonly stateReason: string | null;
  readonly planned: boolean;
  readonly totals: OutcomeCounts;
  /** Reasons of refused, skipped, cancelled and unknown, as `skipped.not_following`. */
  readonly reasons: Readonly<Record<string, number>>;
}
