import { createChannelQuotas, sizeOfRanges, type Store } from "@yubin/store";

import type { OpenBatch } from "../domain/allowance.ts";
import type { QuotaDeps } from "../domain/quota-deps.ts";

/** A campaign has thousands of batches; those that come next are enough to look through. */
const openMax = 1_000;
const underWay = ["planning", "sending", "paused"] as const;

export const createQuotas = (store: Store): QuotaDeps["quotas"] => {
  const { campaigns, batches } = store;
  const quotas = createChannelQuotas(store);
  return {
    progress: async ({ id, workspaceId }) => {
      const ours = { campaignId: id, workspaceId, state: "open" } as const;
      const [sums, open, withCalls] = await Promise.all([
        quotas.sums(workspaceId, [id]),
        batches.find(ours).project<OpenRow>(openFields).sort({ seq: 1 }).limit(openMax).toArray(),
        batches
          .find({ ...ours, "calls.0": { $exists: true } })
          .project<OpenRow>(openFields)
          .toArray(),
      ]);
      const { queued, spent } = sums.get(id) ?? { queued: 0, spent: 0 };
      return {
        queued,
        spent,
        called: withCalls.reduce((sum, row) => sum + calledIn(row), 0),
        open: open.map(toOpenBatch),
        isWhole: open.length < openMax,
      };
    },
    isHeld: async ({ id, workspaceId }) =>
      (await batches.findOne(
        { campaignId: id, workspaceId, state: "open", claim: { $ne: null } },
        { projection: { _id: 1 } },
      )) !== null,
    grants: async ({ id: channelId, workspaceId }) => {
      const { version, grants } = await quotas.grants({ id: channelId, workspaceId });
      const ids = grants.map(({ campaignId }) => campaignId);
      const running = await campaigns
        .find({ _id: { $in: ids }, workspaceId, state: { $in: [...underWay] } })
        .project<{ _id: string }>({ _id: 1 })
        .toArray();
      const alive = new Set(running.map(({ _id }) => _id));
      const [sums, withCalls] = await Promise.all([
        quotas.sums(workspaceId, [...alive]),
        batches
          .find({
            campaignId: { $in: [...alive] },
            workspaceId,
            state: "open",
            "calls.0": { $exists: true },
          })
          .project<OpenRow & { campaignId: string }>({ campaignId: 1, ...openFields })
          .toArray(),
      ]);
      return {
        version,
        grants: grants
          .filter(({ campaignId }) => alive.has(campaignId))
          .map((grant) => {
            const { queued, spent } = sums.get(grant.campaignId) ?? { queued: 0, spent: 0 };
            return {
              ...grant,
              outstanding: Math.min(queued, Math.max(0, grant.people - spent)),
              called: withCalls
                .filter((row) => row.campaignId === grant.campaignId)
                .reduce((sum, row) => sum + calledIn(row), 0),
            };
          }),
      };
    },
    messagesWaiting: quotas.messagesWaiting,
    setGrants: quotas.setGrants,
    wakeCalls: async ({ id, workspaceId }, now) => {
      await batches.updateMany(
        { campaignId: id, workspaceId, state: "open", nextAt: null, "calls.0": { $exists: true } },
        { $set: { nextAt: now } },
      );
    },
  };
};

interface OpenRow {
  seq: number;
  counts: { queued: number; accepted: number; unknown: number };
  calls: { members: number[] }[];
}

const openFields = { seq: 1, counts: 1, "calls.members": 1 };

const calledIn = ({ calls }: OpenRow): number =>
  sizeOfRanges(calls.flatMap(({ members }) => members));

const toOpenBatch = (row: OpenRow): OpenBatch => {
  const called = calledIn(row);
  const { queued, accepted, unknown } = row.counts;
  return { seq: row.seq, waiting: queued - called, called, spent: accepted + unknown };
};
