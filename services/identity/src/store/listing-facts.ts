import type { EventRow, Store } from "@yubin/store";

import type { FactCounts, ListingFacts } from "../domain/backfill.ts";
import type { InboxEvent } from "../domain/inbox-event.ts";
import { failingAsStore } from "./as-store-failure.ts";
import { insertUnordered } from "./insert-unordered.ts";

interface FactCount {
  readonly _id: { readonly type: string; readonly state: string; readonly reason: string | null };
  readonly count: number;
}

/** What LINE said when asked, among all other events; those of one listing lie together by their ids. */
export const createListingFacts = ({ events }: Store): ListingFacts =>
  failingAsStore({
    insert: async (facts: readonly InboxEvent[]) => {
      await insertUnordered(events, facts.map(toRow));
    },
    count: async (workspaceId: string, prefix: string): Promise<FactCounts> => {
      const groups = await events
        .aggregate<FactCount>([
          { $match: { _id: withPrefix(prefix), workspaceId } },
          {
            $group: {
              _id: { type: "$type", state: "$state", reason: "$reason" },
              count: { $sum: 1 },
            },
          },
        ])
        .toArray();
      const applied: Record<string, number> = {};
      let [waiting, total] = [0, 0];
      for (const { _id, count } of groups) {
        total += count;
        if (_id.state === "stored") waiting += count;
        if (_id.state === "applied") applied[`${_id.type}/${_id.reason}`] = count;
      }
      return { waiting, applied, total };
    },
  });

export const withPrefix = (prefix: string, after = "") => ({
  $gt: after > prefix ? after : prefix,
  $lt: `${prefix}\uffff`,
});

const toRow = ({ id, tries: _tries, ...event }: InboxEvent): EventRow => ({
  _id: id,
  ...event,
  state: "stored",
  reason: null,
  profileId: null,
  appliedAt: null,
  nextAt: event.receivedAt,
  hash: null,
});
