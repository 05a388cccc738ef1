import type { Store } from "@yubin/store";

import type { EstimateDeps, OpenEstimate } from "../domain/estimate-campaign.ts";

/** Estimates as the sender counts them: every write names the run that was asked for, and who counts. */
export const createEstimates = ({
  estimates,
}: Pick<Store, "estimates">): EstimateDeps["estimates"] => ({
  take: async ({ workspaceId, campaignId }, { token, now, until }) => {
    const row = await estimates.findOneAndUpdate(
      {
        _id: campaignId,
        workspaceId,
        state: "counting",
        $or: [{ claim: null }, { "claim.until": { $lt: now } }],
      },
      { $set: { claim: { token, until }, nextAt: until, looked: 0 } },
      { returnDocument: "after" },
    );
    return row ? { workspaceId, campaignId, run: row.run, token } : undefined;
  },
  progress: async (estimate, { looked, total, until }) => {
    const result = await estimates.updateOne(heldBy(estimate), {
      $set: { looked, total, "claim.until": until, nextAt: until },
    });
    return result.matchedCount === 1;
  },
  end: async (estimate, how, now) => {
    const end =
      "counts" in how
        ? { state: "done" as const, counts: how.counts, looked: how.counts.audience }
        : { state: "failed" as const, reason: how.failed };
    await estimates.updateOne(heldBy(estimate), {
      $set: { ...end, claim: null, nextAt: null, endedAt: now },
    });
  },
});

const heldBy = ({ workspaceId, campaignId, run, token }: OpenEstimate) => ({
  _id: campaignId,
  workspaceId,
  state: "counting" as const,
  run,
  "claim.token": token,
});
