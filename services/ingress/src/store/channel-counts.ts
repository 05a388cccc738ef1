import type { Store } from "@yubin/store";
import { listingFacts } from "@yubin/types";

import type { ChannelCounts } from "../domain/channel-counts.ts";
import { createLastReconciliation } from "./last-reconciliation.ts";

interface EventCount {
  readonly _id: { readonly type: string; readonly state: string; readonly reason: string | null };
  readonly count: number;
}

/** What we asked of LINE is no webhook. */
const asked: readonly string[] = listingFacts;

export const createChannelCounts = (store: Store): ChannelCounts => ({
  ...createEventCounts(store),
  reconciliation: createLastReconciliation(store),
});

const createEventCounts = ({
  profiles,
  events,
}: Store): Pick<ChannelCounts, "people" | "events"> => ({
  people: async ({ id, workspaceId }) => {
    const [following, blocked] = await Promise.all([
      profiles.countDocuments({ workspaceId, friendOf: id, mergedInto: null }),
      profiles.countDocuments({ workspaceId, blockedOn: id, mergedInto: null }),
    ]);
    return { following, blocked };
  },
  events: async ({ id, workspaceId }, since) => {
    const all = await events
      .aggregate<EventCount>([
        { $match: { channelId: id, workspaceId, receivedAt: { $gte: since } } },
        {
          $group: {
            _id: { type: "$type", state: "$state", reason: "$reason" },
            count: { $sum: 1 },
          },
        },
      ])
      .toArray();
    const counts = all.filter(({ _id }) => !asked.includes(_id.type));
    const isSetAside = ({ _id }: EventCount): boolean => _id.state === "quarantined";
    return {
      events: sumBy(
        counts.filter((one) => !isSetAside(one)),
        ({ _id }) => _id.type,
      ),
      quarantined: sumBy(counts.filter(isSetAside), ({ _id }) => _id.reason ?? "unknown"),
    };
  },
});

const sumBy = (
  counts: readonly EventCount[],
  nameOf: (count: EventCount) => string,
): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const one of counts) sums[nameOf(one)] = (sums[nameOf(one)] ?? 0) + one.count;
  return sums;
};
