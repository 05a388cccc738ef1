import { recipientsOf, type RecipientRow } from "@yubin/store";
import type { CampaignMetrics, OutcomeCounts } from "@yubin/types";

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

export const campaignMetrics = (world: World, campaignId: string): Promise<CampaignMetrics> =>
  world.api.get(`/v1/campaigns/${campaignId}/metrics`);
