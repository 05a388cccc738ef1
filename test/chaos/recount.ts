import { recipientsOf, type RecipientRow } from "@yubin/store";
import { outcomes, type CampaignMetrics, type OutcomeCounts } from "@yubin/types";

import type { World } from "./world.ts";

/** Outcomes of a campaign, and of each of its variants by name. */
export interface Recounted {
  readonly totals: OutcomeCounts;
  readonly variants: Readonly<Record<string, OutcomeCounts>>;
}

/** The outcomes of a campaign counted from its recipients, one by one, without any counter. */
export const recount = async (world: World, campaignId: string): Promise<Recounted> => {
  const totals = newCounts();
  const variants: Record<string, Counts> = {};
  for await (const batch of world.store.batches.find({ campaignId })) {
    for (const recipient of recipientsOf(batch)) {
      add(totals, recipient);
      if (recipient.variant !== undefined)
        add((variants[recipient.variant] ??= newCounts()), recipient);
    }
  }
  return { totals, variants };
};

/** The same as the API tells it; a group that nobody is in is left out, as nobody can be counted there. */
export const told = ({ totals, variants }: CampaignMetrics): Recounted => ({
  totals,
  variants: Object.fromEntries(
    variants.filter((one) => one.totals.audience > 0).map((one) => [one.name, one.totals]),
  ),
});

type Counts = Record<keyof OutcomeCounts, number>;

const newCounts = (): Counts => ({
  audience: 0,
  queued: 0,
  accepted: 0,
  refused: 0,
  skipped: 0,
  cancelled: 0,
  unknown: 0,
});

const add = (counts: Counts, { outcome = "queued" }: CountedRow): void => {
  counts.audience += 1;
  counts[outcome] += 1;
};

type CountedRow = { readonly outcome?: RecipientRow["outcome"] | "queued" };

/** Its numbers; fails where what ended over time is not what ended. */
export const campaignMetrics = async (
  world: World,
  campaignId: string,
): Promise<CampaignMetrics> => {
  const metrics = await world.api.get<CampaignMetrics>(`/v1/campaigns/${campaignId}/metrics`);
  for (const outcome of outcomes) {
    const sum = metrics.series.reduce((before, point) => before + point[outcome], 0);
    if (sum !== metrics.totals[outcome])
      throw new Error(`${sum} ${outcome} over time, and ${metrics.totals[outcome]} in all`);
  }
  return metrics;
};

/** When deliveries ended, by the minute and from the recipients one by one. */
export const recountSeries = async (
  world: World,
  campaignId: string,
): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for await (const batch of world.store.batches.find({ campaignId }))
    for (const { outcome, settledAt } of recipientsOf(batch)) {
      if (!outcome) continue;
      const name = `${settledAt?.toISOString().slice(0, 16)} ${outcome}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
  return counts;
};

/** The same from the campaign's numbers. */
export const seriesByMinute = async (
  world: World,
  campaignId: string,
): Promise<Record<string, number>> => {
  const path = `/v1/campaigns/${campaignId}/metrics?interval=minute`;
  const { series } = await world.api.get<CampaignMetrics>(path);
  const counts: Record<string, number> = {};
  for (const point of series)
    for (const outcome of outcomes)
      if (point[outcome] > 0) counts[`${point.at.slice(0, 16)} ${outcome}`] = point[outcome];
  return counts;
};
