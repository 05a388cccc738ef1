import { lineMonthOf, type CampaignQuotaStatus, type QuotaChoice } from "@yubin/types";

/** How the people of a campaign were counted against the month's quota, for its launch or its last resume. */
export interface JudgedQuota {
  readonly choice: QuotaChoice;
  /** People still to be sent something, and what the month had for them; null where that was not asked. */
  readonly needed: number | null;
  readonly left: number | null;
  readonly at: Date;
}

/** What of a campaign says how it stands with the month's quota. */
export interface CampaignQuota {
  /** What it does where the month is short; null: as the workspace says. */
  readonly choice: QuotaChoice | null;
  readonly judged: JudgedQuota | null;
  /** People who were left out for it, in whichever run. */
  readonly trimmed: number;
  /** When LINE is asked again whether there is room; null where nobody waits for that. */
  readonly looksAt: Date | null;
}

const paused = (state: string, reason: string | null, why: string): boolean =>
  state === "paused" && reason === why;

export const quotaStatus = ({
  state,
  stateReason,
  quota: { judged, trimmed, looksAt },
}: {
  readonly state: string;
  readonly stateReason: string | null;
  readonly quota: CampaignQuota;
}): CampaignQuotaStatus => {
  const { choice = null, needed = null, left = null, at } = judged ?? {};
  const isOut = paused(state, stateReason, "quota");
  // Whatever is to be done, the sender looks once more; where that is to stop, it finds nothing to do.
  const isHeld = isOut && looksAt !== null && choice !== "stop";
  return {
    judgedAt: at?.toISOString() ?? null,
    choice,
    needed,
    left,
    short: needed === null ? null : Math.max(0, needed - (left ?? Infinity)),
    trimmed,
    waitsFor: isHeld
      ? "room"
      : isOut || paused(state, stateReason, "quota_short")
        ? "resume"
        : null,
    // The look at the end of a month is the first of the next.
    resumesAt: isHeld ? lineMonthOf(new Date(looksAt.getTime() - 1)).to.toISOString() : null,
  };
};
