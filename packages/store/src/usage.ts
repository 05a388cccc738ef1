import type { Store } from "./connect.ts";
import type { UsageRow } from "./rows/usage.ts";
import { upserting } from "./upserting.ts";

export interface UsageSamples {
  /** Counts the people of a workspace and keeps the month's peaks. */
  sample(workspaceId: string, now: Date): Promise<UsageRow>;
  /** The months that were sampled, the newest first. */
  months(workspaceId: string, limit: number): Promise<UsageRow[]>;
}

interface Counted {
  readonly total: number;
  readonly identified: number;
  readonly reachable: number;
}

const sampleMaxMs = 60_000;

export const createUsageSamples = (
  { profiles, usage }: Store,
  { maxMs = sampleMaxMs }: { readonly maxMs?: number } = {},
): UsageSamples => ({
  sample: async (workspaceId, now) => {
    const [counted = { total: 0, identified: 0, reachable: 0 }] = await profiles
      .aggregate<Counted>(
        [
          { $match: { workspaceId, mergedInto: null, erasedAt: null } },
          {
            $group: {
              _id: null,
              total: { $sum: 1 },
              identified: countWhere({ $gt: ["$externalId", null] }),
              reachable: countWhere({ $gt: [{ $size: "$friendOf" }, 0] }),
            },
          },
        ],
        { maxTimeMS: maxMs },
      )
      .toArray();
    const { total, identified, reachable } = counted;
    const month = now.toISOString().slice(0, "2026-11".length);
    const row = await upserting(() =>
      usage.findOneAndUpdate(
        { _id: `${workspaceId}/${month}`, workspaceId },
        {
          $set: { identified, anonymous: total - identified, reachable, sampledAt: now },
          $max: { identifiedPeak: identified, totalPeak: total, reachablePeak: reachable },
          $setOnInsert: { month },
        },
        { upsert: true, returnDocument: "after" },
      ),
    );
    if (!row) throw new Error("a month vanished while it was written");
    return row;
  },
  months: (workspaceId, limit) =>
    usage
      .find({ _id: { $gt: `${workspaceId}/`, $lt: `${workspaceId}0` }, workspaceId }) // 0 follows /
      .sort({ _id: -1 })
      .limit(limit)
      .toArray(),
});

const countWhere = (condition: object) => ({ $sum: { $cond: [condition, 1, 0] } });
