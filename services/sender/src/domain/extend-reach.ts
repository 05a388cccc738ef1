import { lineMonthOf } from "@yubin/types";

import { isLimited, isUsedUp, reachFrom } from "./allowance.ts";
import type { Campaign } from "./ports.ts";
import type { QuotaDeps } from "./quota-deps.ts";
import { raiseAllowance } from "./raise-allowance.ts";

/** A campaign that waits for room in the month asks so often, and at the month's end. */
const roomLookMs = 600_000;

/** When to look next whether a month has room, by LINE's calendar. */
export const nextLook = (now: Date): Date =>
  new Date(Math.min(now.getTime() + roomLookMs, lineMonthOf(now).to.getTime()));

export type Extended =
  /** By us or by somebody who was faster. */
  | "changed"
  /** Somebody for whom there was room has no end yet. */
  | "under_way"
  /** Everybody else does, but LINE has still to tell about calls elsewhere in the plan. */
  | "waits";

/**
 * Once everybody for whom there was room has an end: whoever was skipped or refused has left some for others, who come
 * next in the plan. Where nobody has, the campaign waits for more, or leaves out the rest; not while LINE has still to
 * tell about somebody.
 */
export const extendReach = async (deps: QuotaDeps, campaign: Campaign): Promise<Extended> => {
  const { allowance, plannedBatches } = campaign;
  if (!isLimited(allowance) || allowance.trims || plannedBatches === null) return "under_way";
  const progress = await deps.quotas.progress(campaign);
  const { through } = allowance;
  if (progress.open.some((one) => one.seq < through && !isUsedUp(one, allowance)))
    return "under_way";

  const reach = reachFrom(progress, allowance.people ?? 0, plannedBatches);
  if (reach && (reach.through !== through || reach.room !== allowance.room)) {
    await deps.step?.("extend");
    await deps.allowances.extend(campaign, reach);
    await deps.step?.("extended");
    return "changed";
  }
  if (progress.called > 0) {
    await deps.quotas.wakeCalls(campaign, deps.now());
    return "waits";
  }
  const more = await raiseAllowance(deps, campaign, progress);
  if (more === "raised") return "changed";
  // What is left out stays so; a pause does not.
  if (more === "unsure" && allowance.choice === "trim") return "waits";
  await deps.step?.("out");
  if (allowance.choice === "trim") await deps.allowances.trimRest(campaign);
  else await deps.allowances.pause(campaign, nextLook(deps.now()));
  return "changed";
};
