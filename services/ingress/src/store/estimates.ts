import { isDuplicateKey, type EstimateRow, type Store } from "@yubin/store";

import type { Estimate, Estimates } from "../domain/estimate.ts";

const keptMs = 30 * 86_400_000;

export const createEstimates = ({ estimates }: Pick<Store, "estimates">): Estimates => ({
  find: async ({ id, workspaceId }) => {
    const row = await estimates.findOne({ _id: id, workspaceId });
    return row ? toEstimate(row) : undefined;
  },
  ask: async ({ id, workspaceId }, { of, run, now, freshFrom }) => {
    const stale = { $or: [{ of: { $ne: of } }, { endedAt: { $ne: null, $lt: freshFrom } }] };
    try {
      const asked = await estimates.findOneAndUpdate(
        { _id: id, workspaceId, ...stale },
        { $set: newRow({ of, run, now }) },
        { upsert: true, returnDocument: "after" },
      );
      if (asked) return { estimate: toEstimate(asked), isNew: true };
    } catch (error) {
      // There is one, and it is fresh.
      if (!isDuplicateKey(error)) throw error;
    }
    const known = await estimates.findOne({ _id: id, workspaceId });
    if (!known) throw new Error("an estimate vanished while it was asked for");
    return { estimate: toEstimate(known), isNew: false };
  },
});

const newRow = ({ of, run, now }: { of: string; run: string; now: Date }) => ({
  of,
  run,
  state: "counting" as const,
  reason: null,
  looked: 0,
  total: null,
  counts: null,
  claim: null,
  nextAt: now,
  askedAt: now,
  endedAt: null,
  expireAt: new Date(now.getTime() + keptMs),
});

const toEstimate = ({ _id, ...row }: EstimateRow): Estimate => ({
  campaignId: _id,
  state: row.state,
  reason: row.reason,
  looked: row.looked,
  total: row.total,
  counts: row.counts,
  askedAt: row.askedAt,
  endedAt: row.endedAt,
});
