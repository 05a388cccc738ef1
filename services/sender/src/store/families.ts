import { createHash } from "node:crypto";

import { isDuplicateKey, type BatchRow, type Store } from "@yubin/store";
import { LRUCache } from "lru-cache";

import { placeIn } from "../domain/place.ts";
import type { CampaignRef, Families, Place } from "../domain/ports.ts";
import { toBatch } from "./batch-rows.ts";
import { createBatchFinder } from "./batch-finder.ts";

/** Longer than any campaign lasts. */
const rememberedMs = 180 * 86_400_000;

/** What people with several profiles need to be sent a campaign once. */
export const createFamilies = (store: Store): Families => {
  const finder = createBatchFinder(store);
  const flagged = new LRUCache<string, string>({ max: 1_000 });
  const flag = async ({ workspaceId, campaignId }: CampaignRef): Promise<boolean> => {
    if (flagged.get(campaignId) === workspaceId) return true;
    const set = { $set: { familySends: true } };
    const result = await store.campaigns.updateOne({ _id: campaignId, workspaceId }, set);
    if (result.matchedCount === 1) flagged.set(campaignId, workspaceId);
    return result.matchedCount === 1;
  };
  const wordFor: Families["wordFor"] = async ({ workspaceId, campaignId }, lineUserIds) => {
    const byId = new Map(lineUserIds.map((one) => [familySendId(campaignId, one), one]));
    const rows = await store.familySends
      .find({ _id: { $in: [...byId.keys()] }, workspaceId })
      .toArray();
    return new Map(rows.map(({ _id, profileIds }) => [byId.get(_id) ?? "", profileIds]));
  };

  return {
    wordFor,
    leaveWord: async (campaign, sends) => {
      // Before the first word, so that whoever comes after it looks.
      if (!(await flag(campaign))) return new Map();
      const { workspaceId, campaignId } = campaign;
      const expireAt = new Date(Date.now() + rememberedMs);
      const writes = sends.map(({ lineUserId, profileId }) => ({
        updateOne: {
          filter: { _id: familySendId(campaignId, lineUserId), workspaceId },
          update: { $addToSet: { profileIds: profileId }, $setOnInsert: { expireAt } },
          upsert: true,
        },
      }));
      await store.familySends.bulkWrite(writes).catch((error: unknown) => {
        if (!isDuplicateKey(error)) throw error;
        return store.familySends.bulkWrite(writes); // somebody else made one of the rows at the same time
      });
      return wordFor(
        campaign,
        sends.map(({ lineUserId }) => lineUserId),
      );
    },
    placesOf: async (campaign, profileIds) => {
      const places = new Map<string, Place>();
      const batchIds = await finder.batchesOf(campaign, profileIds);
      for (const batchId of batchIds) {
        const row = await store.batches.findOne(
          { _id: batchId, workspaceId: campaign.workspaceId },
          { projection: { content: 0 } },
        );
        for (const [id, place] of row ? placesIn(row, profileIds) : []) places.set(id, place);
      }
      return places;
    },
  };
};

export const familySendId = (campaignId: string, lineUserId: string): string =>
  `${campaignId}/${createHash("sha256").update(lineUserId).digest("base64url")}`;

const placesIn = (row: BatchRow, profileIds: readonly string[]): [string, Place][] => {
  const batch = toBatch(row);
  return profileIds.flatMap((id): [string, Place][] => {
    const place = placeIn(batch, id);
    return place ? [[id, { ...place, claimed: row.claim !== null }]] : [];
  });
};
