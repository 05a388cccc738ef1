import type { Store } from "@yubin/store";
import { LRUCache } from "lru-cache";

import type { Contacts } from "../domain/ports.ts";
import { createBatchFinder, type PlannedFor } from "./batch-finder.ts";
import { triedFields, triedIn, type Tried, type TriedRow } from "./tried-in.ts";

/** Which campaigns there are is remembered for a moment: each slice of each campaign asks. */
const rememberMs = 1_000;
/** People of settled batches, of whom nothing changes any more: those of some hundred campaigns side by side. */
const settledPeopleMax = 100_000;

/** How often people were written to, read from the batches that did it. */
export const createContacts = (store: Store): Contacts => {
  const finder = createBatchFinder(store);
  const campaignsSince = createCampaignsSince(store);
  const settled = new LRUCache<string, Tried>({
    maxSize: settledPeopleMax,
    sizeCalculation: ({ at }) => at.size + 1,
  });

  const ofCampaigns = async (
    campaigns: readonly PlannedFor[],
    workspaceId: string,
    profileIds: readonly string[],
  ): Promise<Tried[]> => {
    const candidates = campaigns.map((campaign) => finder.candidatesOf(campaign, profileIds));
    const ids = (await Promise.all(candidates)).flat();
    const known = ids.flatMap((id) => settled.get(id) ?? []);
    const unknown = ids.filter((id) => !settled.has(id));
    if (unknown.length === 0) return known;
    const rows = await store.batches
      .find({ _id: { $in: unknown }, workspaceId })
      .project<TriedRow>(triedFields)
      .toArray();
    const read = rows.map((row) => {
      const tried = triedIn(row);
      if (row.state === "settled") settled.set(row._id, tried);
      return tried;
    });
    return [...known, ...read];
  };

  const ofMessages = async (
    workspaceId: string,
    profileIds: readonly string[],
    { since, except }: { readonly since: Date; readonly except: { readonly batchId: string } },
  ): Promise<Tried[]> => {
    const toThem = {
      profileId: { $in: [...profileIds] },
      workspaceId,
      campaignId: null,
      purpose: { $ne: null },
      // Who sends themselves a test of a campaign is not left out of it for that.
      "content.campaignName": { $exists: false },
      _id: { $ne: except.batchId },
    };
    const found = new Map<string, Tried>();
    // In this order: what ends in between is found twice, and not never.
    for (const settledAt of [null, { $gte: since }]) {
      const rows = store.batches.find({ ...toThem, settledAt }).project<TriedRow>(triedFields);
      for await (const row of rows) found.set(row._id, triedIn(row));
    }
    return [...found.values()];
  };

  return {
    countSince: async (workspaceId, profileIds, { since, except, coming = false }) => {
      const campaigns = await campaignsSince(workspaceId, since, { fresh: coming });
      const others = campaigns.filter(({ id }) => id !== except.campaignId);
      const all = await Promise.all([
        ofCampaigns(others, workspaceId, profileIds),
        ofMessages(workspaceId, profileIds, { since, except }),
      ]);
      const counts = new Map<string, number>();
      for (const { at, announced } of all.flat())
        for (const id of profileIds) {
          const wasTried = (at.get(id)?.getTime() ?? -Infinity) >= since.getTime();
          const isMet = wasTried || (coming && announced.has(id));
          if (isMet) counts.set(id, (counts.get(id) ?? 0) + 1);
        }
      return counts;
    },
  };
};

const createCampaignsSince = ({ campaigns }: Store) => {
  const remembered = new LRUCache<string, readonly PlannedFor[]>({ max: 500, ttl: rememberMs });
  return async (
    workspaceId: string,
    since: Date,
    { fresh }: { readonly fresh: boolean },
  ): Promise<readonly PlannedFor[]> => {
    const key = `${workspaceId}/${Math.floor(since.getTime() / 60_000)}`;
    const known = fresh ? undefined : remembered.get(key);
    if (known) return known;
    const rows = await campaigns
      .find({
        workspaceId,
        launchedAt: { $ne: null },
        $or: [{ endedAt: null }, { endedAt: { $gte: since } }],
      })
      .project<{ _id: string } & Pick<PlannedFor, "audience" | "plannedBatches">>({
        "audience.type": 1,
        plannedBatches: 1,
      })
      .toArray();
    const found = rows.map(({ _id: id, ...campaign }) => ({ ...campaign, id, workspaceId }));
    remembered.set(key, found);
    return found;
  };
};
