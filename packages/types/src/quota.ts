import { z } from "zod";

/**
 * What a campaign does where the month's quota has no room for all of its people: nothing leaves before somebody says
 * so, it sends what fits and goes on when there is room again, or it sends what fits and leaves out the rest.
 */
export const quotaChoice = z.enum(["stop", "hold", "trim"]);
export type QuotaChoice = z.output<typeof quotaChoice>;

/** What LINE said about the month's messages of a channel, and when. */
export interface MonthQuota {
  /** Null where LINE sets none. */
  readonly limit: number | null;
  /** As far as LINE has counted, of everything that sends for the account. */
  readonly used: number;
  readonly fetchedAt: Date;
}

/** What is still to be sent on a channel, in messages. */
export interface MonthNeeds {
  /** Of launched campaigns, as far as they may send, and messages on their own that are to be sent this month. */
  readonly reserved: number;
  /** Of campaigns that were launched, beyond what they may send until there is more room or somebody resumes them. */
  readonly waiting: number;
}

/** Answer of `GET /v1/channels/:id/quota`: messages of this month, which LINE counts by recipient. */
export interface QuotaView extends MonthNeeds {
  /** Null where LINE sets none; then nothing is ever left or over. */
  readonly limit: number | null;
  /** As far as LINE has counted, which is some time behind; of everything that sends for the account. */
  readonly used: number;
  /** Of the limit, without what is used and reserved; never below 0. Who waits has nothing of it. */
  readonly left: number | null;
  /** What would be used by the end of the month if it went on as so far, with what is reserved and who waits. */
  readonly forecast: number;
  /** True where the forecast is over the limit. */
  readonly isShort: boolean;
  /** When LINE was asked. */
  readonly fetchedAt: string;
}

/** How a campaign stands with the month's quota: `quotaStatus` of `GET /v1/campaigns/:id`. */
export interface CampaignQuotaStatus {
  /** When its people were last counted against the month, once for its launch and once for each resume. */
  readonly judgedAt: string | null;
  /** What was to be done then where there were too few: its own word, or else the workspace's. */
  readonly choice: QuotaChoice | null;
  /** People who were to be sent something then. */
  readonly needed: number | null;
  /** What the month had left for it then; null without a limit. */
  readonly left: number | null;
  /** How many of `needed` that was too few; 0 where it was enough. */
  readonly short: number | null;
  /** How many were left out for it in all runs of the campaign: `skipped` with `quota_trimmed`. */
  readonly trimmed: number;
  /** What it stands still for: `room` comes by itself, `resume` is asked for. */
  readonly waitsFor: "room" | "resume" | null;
  /** When the month is over by LINE's calendar, where it waits for room; earlier where the plan grows. */
  readonly resumesAt: string | null;
}

const dayMs = 86_400_000;
/** LINE's days are those of Japan, and so are its months. */
const lineZoneMs = 9 * 3_600_000;

/** The month of LINE's calendar that a moment is in: from its start up to the start of the next. */
export const lineMonthOf = (moment: Date): { readonly from: Date; readonly to: Date } => {
  const local = new Date(moment.getTime() + lineZoneMs);
  const startOf = (month: number): Date =>
    new Date(Date.UTC(local.getUTCFullYear(), month, 1) - lineZoneMs);
  return { from: startOf(local.getUTCMonth()), to: startOf(local.getUTCMonth() + 1) };
};

export const quotaView = (
  { limit, used, fetchedAt }: MonthQuota,
  { reserved, waiting }: MonthNeeds,
): QuotaView => {
  const forecast = Math.round(used / shareOfMonth(fetchedAt)) + reserved + waiting;
  return {
    limit,
    used,
    reserved,
    waiting,
    left: limit === null ? null : Math.max(0, limit - used - reserved),
    forecast,
    isShort: limit !== null && forecast > limit,
    fetchedAt: fetchedAt.toISOString(),
  };
};

/** How much of the month is over; at least a day, since the first hours tell nothing about the rest. */
const shareOfMonth = (moment: Date): number => {
  const { from, to } = lineMonthOf(moment);
  const over = Math.max(moment.getTime() - from.getTime(), dayMs);
  return over / (to.getTime() - from.getTime());
};
