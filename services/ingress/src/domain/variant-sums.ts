import {
  controlGroup,
  noGroup,
  noOutcomes,
  type FrozenVariants,
  type Outcome,
  type OutcomeCounts,
  type OutcomeRates,
} from "@yubin/types";

import type { CampaignSums, VariantSums } from "./campaign.ts";

/** So many people of one variant have come to the same end. */
export interface VariantCount {
  readonly variant: string;
  readonly outcome: Outcome | "queued";
  /** Null where the outcome has none. */
  readonly reason: string | null;
  readonly count: number;
}

/**
 * The numbers of a campaign of variants and of each of these, all from the same counts. The control group is told where
 * there is one, and who is in no group where there is somebody.
 */
export const variantSums = (
  { variants, controlPercent }: FrozenVariants,
  counts: readonly VariantCount[],
): Omit<CampaignSums, "sending" | "series"> => {
  const of = (name: string, weight: number | null): VariantSums => {
    const ours = sumOf(counts.filter(({ variant }) => variant === name));
    return { name, weight, ...ours, rates: ratesOf(ours.totals) };
  };
  const others = [of(controlGroup, null), of(noGroup, null)].filter(
    ({ name, totals }) => totals.audience > 0 || (name === controlGroup && controlPercent > 0),
  );
  return {
    ...sumOf(counts),
    variants: [...variants.map(({ name, weight }) => of(name, weight)), ...others],
  };
};

const sumOf = (counts: readonly VariantCount[]): Pick<CampaignSums, "totals" | "reasons"> => {
  const totals = { ...noOutcomes };
  const reasons: Record<string, number> = {};
  for (const { outcome, reason, count } of counts) {
    totals.audience += count;
    totals[outcome] += count;
    if (reason === null) continue;
    const name = `${outcome}.${reason}`;
    reasons[name] = (reasons[name] ?? 0) + count;
  }
  const sorted = Object.entries(reasons).sort(([one], [other]) => (one < other ? -1 : 1));
  return { totals, reasons: Object.fromEntries(sorted) };
};

const ratesOf = ({ audience, ...outcomes }: OutcomeCounts): OutcomeRates => {
  const part = (count: number): number | null => (audience === 0 ? null : count / audience);
  return {
    queued: part(outcomes.queued),
    accepted: part(outcomes.accepted),
    refused: part(outcomes.refused),
    skipped: part(outcomes.skipped),
    cancelled: part(outcomes.cancelled),
    unknown: part(outcomes.unknown),
  };
};
