import { monthFor } from "./month-for.ts";
import type { Campaign, Channel } from "./ports.ts";
import type { Grant, OpenGrant, QuotaDeps } from "./quota-deps.ts";

/** What a month has for one campaign, beside what others may have of it. */
export interface MonthRoom {
  readonly version: number;
  readonly ours: Grant | undefined;
  readonly others: readonly Grant[];
  /** Infinity without a limit. */
  readonly left: number;
  /** So many of the others may have been counted twice, as theirs to send and as sent; there may be as many more left. */
  readonly doubt: number;
}

/**
 * Looks at what others are still to be sent before LINE is asked, so that nobody is in neither; whoever is sent
 * something in between is in both, and a second look tells how many that may be. Undefined where LINE is to be waited
 * for.
 */
export const monthRoom = async (
  deps: QuotaDeps,
  campaign: Campaign,
  channel: Channel,
): Promise<MonthRoom | undefined> => {
  const { version, grants } = await deps.quotas.grants(channel);
  const messages = await deps.quotas.messagesWaiting(channel, deps.now());
  const month = await monthFor(deps, campaign, { channel, freshMs: 0 });
  if (!month) return undefined;
  const after = await deps.quotas.grants(channel);

  const isOther = ({ campaignId }: Grant): boolean => campaignId !== campaign.id;
  const others = grants.filter(isOther);
  const othersAfter = after.grants.filter(isOther);
  const reserved = sumOf(others, "outstanding");
  const moved = Math.max(0, reserved - sumOf(othersAfter, "outstanding"));
  return {
    version,
    ours: grants.find((one) => !isOther(one)),
    others: others.map(withoutRest),
    left: Math.max(0, (month.limit ?? Infinity) - month.used - reserved - messages),
    doubt: sumOf(others, "called") + sumOf(othersAfter, "called") + moved,
  };
};

const sumOf = (grants: readonly OpenGrant[], what: "outstanding" | "called"): number =>
  grants.reduce((sum, grant) => sum + grant[what], 0);

const withoutRest = ({ outstanding: _out, called: _called, ...grant }: OpenGrant): Grant => grant;
