import { sizeOfRanges, type BatchRow, type CallRow, type Store } from "@yubin/store";
import { hasVariants, noOutcomes, type OutcomeCounts, type SeriesInterval } from "@yubin/types";

import type { Campaign, CampaignSums } from "../domain/campaign.ts";
import { createSeriesSum } from "../domain/series.ts";
import { variantSums, type VariantCount } from "../domain/variant-sums.ts";

type Row = Pick<BatchRow, "counts" | "reasons" | "variantCounts" | "byMinute"> & {
  readonly calls: readonly Pick<CallRow, "members">[];
};

/**
 * Sums over a campaign's batches, whose counts and outcomes change in one write. All sums come from one reading of each
 * batch, so that they agree with each other while the campaign is sent; a million people are a few thousand small
 * answers, one of which is held at a time.
 */
export const sumCampaign = async (
  { batches }: Store,
  { id, workspaceId, content }: Pick<Campaign, "id" | "workspaceId" | "content">,
  interval: SeriesInterval | undefined,
): Promise<CampaignSums> => {
  const totals: Record<keyof OutcomeCounts, number> = { ...noOutcomes };
  const reasons = new Map<string, number>();
  const variants = new Map<string, VariantCount>();
  const series = createSeriesSum(interval);
  let sending = 0;
  const rows = batches
    .find({ campaignId: id, workspaceId })
    .project<Row>({
      _id: 0,
      counts: 1,
      reasons: 1,
      variantCounts: 1,
      byMinute: 1,
      "calls.members": 1,
    })
    .batchSize(rowsAtOnce);
  for await (const row of rows) {
    for (const name of outcomeNames) totals[name] += row.counts[name];
    for (const { members } of row.calls) sending += sizeOfRanges(members);
    for (const { outcome, reason, count } of row.reasons) {
      const name = `${outcome}.${reason}`;
      reasons.set(name, (reasons.get(name) ?? 0) + count);
    }
    for (const { count, ...of } of row.variantCounts ?? []) {
      const key = JSON.stringify([of.variant, of.outcome, of.reason]);
      variants.set(key, { ...of, count: (variants.get(key)?.count ?? 0) + count });
    }
    for (const ends of row.byMinute ?? []) series.add(ends);
  }
  if (hasVariants(content))
    return { ...variantSums(content, [...variants.values()]), sending, series: series.series() };
  return {
    totals,
    sending,
    reasons: Object.fromEntries([...reasons].toSorted(([one], [other]) => (one < other ? -1 : 1))),
    variants: [],
    series: series.series(),
  };
};

/** A database reads whole batches for these few fields; so many take well under the time that an answer may. */
const rowsAtOnce = 100;

const outcomeNames = Object.keys(noOutcomes) as (keyof OutcomeCounts)[];
