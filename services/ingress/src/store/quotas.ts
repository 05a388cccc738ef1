import { isDuplicateKey, type Store } from "@yubin/store";

import type { Quotas } from "../domain/quota.ts";

export const createQuotas = ({ channelQuotas, campaigns, batches }: Store): Quotas => ({
  find: async ({ id, workspaceId }) => {
    const row = await channelQuotas.findOne({ _id: id, workspaceId });
    return row ? { limit: row.limit, used: row.used, fetchedAt: row.fetchedAt } : undefined;
  },
  keep: async ({ id, workspaceId }, quota) => {
    try {
      await channelQuotas.updateOne(
        { _id: id, workspaceId, fetchedAt: { $lt: quota.fetchedAt } },
        { $set: quota },
        { upsert: true },
      );
    } catch (error) {
      if (!isDuplicateKey(error)) throw error; // a newer answer is there
    }
  },
  reserved: async ({ id: channelId, workspaceId }) => {
    const running = await campaigns
      .find({ workspaceId, channelId, state: { $in: ["planning", "sending", "paused"] } })
      .project<{ _id: string }>({ _id: 1 })
      .toArray();
    const [sum] = await batches
      .aggregate<{ queued: number }>([
        { $match: { campaignId: { $in: running.map(({ _id }) => _id) }, workspaceId } },
        { $group: { _id: null, queued: { $sum: "$counts.queued" } } },
      ])
      .toArray();
    return sum?.queued ?? 0;
  },
});
