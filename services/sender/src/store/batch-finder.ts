import type { Store } from "@yubin/store";
import { LRUCache } from "lru-cache";

import type { Campaign } from "../domain/ports.ts";
import { batchIdOf, idsOf, placeIdOf } from "./plans.ts";

export type PlannedFor = Pick<Campaign, "id" | "workspaceId"> & {
  readonly audience: { readonly type: Campaign["audience"]["type"] };
  /** How many batches there are, once that is known. */
  readonly plannedBatches?: number | null | undefined;
  /** It ended so long ago that places no longer tell where its people are. */
  readonly placesGone?: boolean | undefined;
};

type PlanId = Pick<PlannedFor, "id" | "workspaceId" | "plannedBatches">;

export interface BatchFinder {
  /** Where these profiles have a place if they have any, by what is planned now. */
  candidatesOf(campaign: PlannedFor, profileIds: readonly string[]): Promise<string[]>;
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
  const plannedNow = async ({ id, workspaceId, plannedBatches }: PlanId): Promise<number> => {
    if (typeof plannedBatches === "number") return plannedBatches;
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
  const batchesOfNamed = async (campaign: PlanId, profileIds: readonly string[]) => {
    const { id, workspaceId } = campaign;
    // In this order: all batches before the newest have their places by then.
    const newest = (await plannedNow(campaign)) - 1;
    const ids = profileIds.map((profileId) => placeIdOf(id, profileId));
    const found = await places.find({ _id: { $in: ids }, workspaceId }).toArray();
    return new Set([...found.map(({ seq }) => seq), newest]);
  };

  /** Batches follow each other as their people do, so of neighbours one look-up tells. */
  const batchesOfSorted = async (campaign: PlanId, profileIds: readonly string[]) => {
    const planned = await plannedNow(campaign);
    const found = new Set<number>();
    let end = "";
    for (const profileId of profileIds.toSorted()) {
      if (profileId <= end) continue;
      const seq = await seqOf(campaign, profileId, planned);
      found.add(seq);
      if (seq >= planned) break;
      end = (await cursorOf(campaign, seq)) ?? "";
    }
    return found;
  };

  /** All of the plan where it is short, or where nothing else is left. */
  const seqsOf = async (campaign: PlannedFor, profileIds: readonly string[]) => {
    const { audience, placesGone } = campaign;
    if (audience.type === "refs" || (audience.type === "list" && placesGone))
      return Array.from({ length: await plannedNow(campaign) }, (_, seq) => seq);
    return audience.type === "list"
      ? batchesOfNamed(campaign, profileIds)
      : batchesOfSorted(campaign, profileIds);
  };
  const candidatesOf = async (campaign: PlannedFor, profileIds: readonly string[]) =>
    [...(await seqsOf(campaign, profileIds))].map((seq) => batchIdOf(campaign.id, seq));

  return {
    candidatesOf,
    batchesOf: async (campaign, profileIds) => {
      const { workspaceId } = campaign;
      const wanted = { $in: [...profileIds] };
      const rows = await batches
        .find({
          _id: { $in: await candidatesOf(campaign, profileIds) },
          workspaceId,
          $or: [{ "recipients.profileId": wanted }, { "packed.profileIds": wanted }],
        })
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
