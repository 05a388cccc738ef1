import { createHash } from "node:crypto";

import { upserting, type BatchRow, type MergeRow, type Store } from "@yubin/store";
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
    mayHavePlace: async ({ workspaceId, launchedAt }, profileIds) => {
      const rows = await store.merges
        .find({ from: { $in: [...profileIds] }, workspaceId })
        .project<JournalRow>({ from: 1, state: 1, doneAt: 1, undoneAt: 1, undoUntil: 1 })
        .toArray();
      const byLoser = Map.groupBy(rows, ({ from }) => from);
      const settledBefore = new Date((launchedAt?.getTime() ?? 0) - marginMs);
      const undoableFrom = new Date(Date.now() - marginMs);
      const isOld = (row: JournalRow): boolean =>
        isSettledBefore(row, settledBefore) &&
        (row.state !== "done" || row.undoUntil < undoableFrom);
      return new Set(profileIds.filter((id) => !isForGood(byLoser.get(id) ?? [], isOld)));
    },
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
      await upserting(() => store.familySends.bulkWrite(writes));
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

type JournalRow = Pick<MergeRow, "from" | "state" | "doneAt" | "undoneAt" | "undoUntil">;

/** Clocks of several machines are compared, and what was asked in time may be done late. */
const marginMs = 86_400_000;

const isSettledBefore = ({ state, doneAt, undoneAt }: JournalRow, time: Date): boolean => {
  if (state === "done") return doneAt !== null && doneAt < time;
  if (state === "undone") return undoneAt !== null && undoneAt < time;
  return state === "void";
};

/** Without a journal nobody knows. */
const isForGood = (rows: readonly JournalRow[], isOld: (row: JournalRow) => boolean): boolean =>
  rows.some(({ state }) => state === "done") && rows.every(isOld);

export const familySendId = (campaignId: string, lineUserId: string): string =>
  `${campaignId}/${createHash("sha256").update(lineUserId).digest("base64url")}`;

const placesIn = (row: BatchRow, profileIds: readonly string[]): [string, Place][] => {
  const batch = toBatch(row);
  return profileIds.flatMap((id): [string, Place][] => {
    const place = placeIn(batch, id);
    return place ? [[id, { ...place, claimed: row.claim !== null }]] : [];
  });
};
