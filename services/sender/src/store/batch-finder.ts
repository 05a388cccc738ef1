import type { Store } from "@yubin/store";
import { LRUCache } from "lru-cache";

import type { Campaign } from "../domain/ports.ts";
import { batchIdOf, idsOf } from "./plans.ts";

export type PlannedFor = Pick<Campaign, "id" | "workspaceId"> & {
  readonly audience: { readonly type: Campaign["audience"]["type"] };
};

export interface BatchFinder {
  /** The batches in which these profiles have a place, by what is planned now. */
  batchesOf(campaign: PlannedFor, profileIds: readonly string[]): Promise<ReadonlySet<string>>;
}

/** Where planning went on after a batch never changes. */
const cursorsMax = 20_000;

/**
 * Finds people in campaigns without an index of recipients. Friends are planned in the order of their ids and each
 * batch tells where it ended, so halving finds the one; lists of references are short and are gone through.
 */
export const createBatchFinder = ({ batches }: Pick<Store, "batches">): BatchFinder => {
  const cursors = new LRUCache<string, string>({ max: cursorsMax });
  const cursorOf = async (campaign: PlannedFor, seq: number): Promise<string | undefined> => {
    const _id = batchIdOf(campaign.id, seq);
    const known = cursors.get(_id);
    if (known !== undefined) return known;
    const { workspaceId } = campaign;
    const row = await batches.findOne({ _id, workspaceId }, { projection: { planCursor: 1 } });
    if (typeof row?.planCursor === "string") cursors.set(_id, row.planCursor);
    return row?.planCursor ?? undefined;
  };
  const plannedNow = async ({ id, workspaceId }: PlannedFor): Promise<number> => {
    const last = await batches
      .find({ _id: idsOf(id), workspaceId })
      .project<{ seq: number }>({ seq: 1 })
      .sort({ _id: -1 })
      .limit(1)
      .next();
    return last ? last.seq + 1 : 0;
  };
  /** The first batch that ends with this id or a later one. */
  const seqOf = async (campaign: PlannedFor, profileId: string, planned: number) => {
    let [low, high] = [0, planned];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const cursor = await cursorOf(campaign, middle);
      if (cursor !== undefined && cursor < profileId) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    batchesOf: async (campaign, profileIds) => {
      const { id, workspaceId } = campaign;
      const wanted = { $in: [...profileIds] };
      const holding = {
        $or: [{ "recipients.profileId": wanted }, { "packed.profileIds": wanted }],
      };
      const candidates = new Set<string>();
      if (campaign.audience.type === "friends") {
        const planned = await plannedNow(campaign);
        for (const profileId of profileIds)
          candidates.add(batchIdOf(id, await seqOf(campaign, profileId, planned)));
      }
      const among = campaign.audience.type === "refs" ? idsOf(id) : { $in: [...candidates] };
      const rows = await batches
        .find({ _id: among, workspaceId, ...holding })
        .project<{ _id: string }>({ _id: 1 })
        .toArray();
      return new Set(rows.map(({ _id }) => _id));
    },
  };
};
