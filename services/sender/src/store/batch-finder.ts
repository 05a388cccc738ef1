import type { Store } from "@yubin/store";
import { LRUCache } from "lru-cache";

import type { Campaign } from "../domain/ports.ts";
import { batchIdOf, idsOf, placeIdOf } from "./plans.ts";

export type PlannedFor = Pick<Campaign, "id" | "workspaceId"> & {
  readonly audience: { readonly type: Campaign["audience"]["type"] };
  /** It ended so long ago that places no longer tell where its people are. */
  readonly placesGone?: boolean | undefined;
};

type PlanId = Pick<PlannedFor, "id" | "workspaceId">;

export interface BatchFinder {
  /** The batches in which these profiles have a place, by what is planned now. */
  batchesOf(campaign: PlannedFor, profileIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** The batches, in their order, that were made of what is between two places in an uploaded list. */
  batchesAt(campaign: PlanId, from: string, to: string): Promise<string[]>;
}

/** Where planning went on after a batch never changes. */
const cursorsMax = 20_000;

/**
 * Finds people in campaigns without an index of recipients. Friends, filtered or not, are planned in the order of their
 * ids and each batch tells where it ended, so halving finds the one; lists of references are short and are gone
 * through, and so are uploaded lists of long ago; of others the places are written down.
 */
export const createBatchFinder = ({
  batches,
  places,
}: Pick<Store, "batches" | "places">): BatchFinder => {
  const cursors = new LRUCache<string, string>({ max: cursorsMax });
  const cursorOf = async (campaign: PlanId, seq: number): Promise<string | undefined> => {
    const _id = batchIdOf(campaign.id, seq);
    const known = cursors.get(_id);
    if (known !== undefined) return known;
    const { workspaceId } = campaign;
    const row = await batches.findOne({ _id, workspaceId }, { projection: { planCursor: 1 } });
    if (typeof row?.planCursor === "string") cursors.set(_id, row.planCursor);
    return row?.planCursor ?? undefined;
  };
  const plannedNow = async ({ id, workspaceId }: PlanId): Promise<number> => {
    const last = await batches
      .find({ _id: idsOf(id), workspaceId })
      .project<{ seq: number }>({ seq: 1 })
      .sort({ _id: -1 })
      .limit(1)
      .next();
    return last ? last.seq + 1 : 0;
  };
  /** The first batch that ends with this place (an id, or one in a list) or a later one. */
  const seqOf = async (campaign: PlanId, place: string, planned: number) => {
    let [low, high] = [0, planned];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const cursor = await cursorOf(campaign, middle);
      if (cursor !== undefined && cursor < place) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  /** Whom a list names stands in its places, except those of the newest batch for a moment. */
  const batchesOfNamed = async (
    { id, workspaceId }: PlanId,
    profileIds: readonly string[],
  ): Promise<Set<string>> => {
    // In this order: all batches before the newest have their places by then.
    const newest = (await plannedNow({ id, workspaceId })) - 1;
    const ids = profileIds.map((profileId) => placeIdOf(id, profileId));
    const found = await places.find({ _id: { $in: ids }, workspaceId }).toArray();
    return new Set([...found.map(({ seq }) => seq), newest].map((seq) => batchIdOf(id, seq)));
  };

  /** Where to look: all of the plan where it is short. */
  const placesOf = async (campaign: PlannedFor, profileIds: readonly string[]) => {
    const { id, audience } = campaign;
    if (audience.type === "refs" || (audience.type === "list" && campaign.placesGone))
      return idsOf(id);
    if (audience.type === "list") return { $in: [...(await batchesOfNamed(campaign, profileIds))] };
    const planned = await plannedNow(campaign);
    const candidates = new Set<string>();
    for (const profileId of profileIds)
      candidates.add(batchIdOf(id, await seqOf(campaign, profileId, planned)));
    return { $in: [...candidates] };
  };

  return {
    batchesOf: async (campaign, profileIds) => {
      const { workspaceId } = campaign;
      const wanted = { $in: [...profileIds] };
      const holding = {
        $or: [{ "recipients.profileId": wanted }, { "packed.profileIds": wanted }],
      };
      const among = await placesOf(campaign, profileIds);
      const rows = await batches
        .find({ _id: among, workspaceId, ...holding })
        .project<{ _id: string }>({ _id: 1 })
        .toArray();
      return new Set(rows.map(({ _id }) => _id));
    },
    batchesAt: async (campaign, from, to) => {
      const planned = await plannedNow(campaign);
      const first = await seqOf(campaign, from, planned);
      const found: string[] = [];
      for (let seq = first; seq < planned; seq += 1) {
        const cursor = await cursorOf(campaign, seq);
        if (cursor === undefined) break;
        found.push(batchIdOf(campaign.id, seq));
        if (cursor >= to) break;
      }
      return found;
    },
  };
};
