import { Failure } from "@yubin/errors";
import { lineMonthOf, type MonthQuota } from "@yubin/types";

import type { Campaign, Channel } from "./ports.ts";
import type { QuotaDeps } from "./quota-deps.ts";

/** A campaign waits so long for LINE to say what the month has; after that it goes by what is known. */
const unknownMaxMs = 120_000;

/**
 * The month of a channel, for a campaign that is about to be sent; undefined where it is to wait. LINE being away holds
 * it up for two minutes, and then what LINE said last counts; where it never said anything, it is sent as without a
 * limit: a month that is used up stops it all the same, at LINE's first word of it.
 */
export const monthFor = async (
  deps: QuotaDeps,
  campaign: Campaign,
  { channel, freshMs }: { readonly channel: Channel; readonly freshMs: number },
): Promise<MonthQuota | undefined> => {
  const { quota, failure } = await deps.askMonth(channel, freshMs);
  if (failure === undefined) return quota;

  const code = failure instanceof Failure ? failure.code : "line.unavailable";
  if (code === "line.unauthorized") {
    if (!deps.tokens.refused(channel)) await deps.channels.stop(channel, "line_unauthorized");
    return undefined;
  }
  const now = deps.now();
  const isSaid = code === "line.forbidden" || code === "line.refused" || quota?.limit === null;
  if (!isSaid) {
    const since = await deps.allowances.noteUnknown(campaign, now);
    if (now.getTime() - since.getTime() < unknownMaxMs) return undefined;
  }
  if (!quota) return { limit: null, used: 0, fetchedAt: now };
  const isOfThisMonth = quota.fetchedAt >= lineMonthOf(now).from;
  return isOfThisMonth ? quota : { ...quota, used: 0 };
};
