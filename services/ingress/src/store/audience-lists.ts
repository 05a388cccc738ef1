import {
  isDuplicateKey,
  upserting,
  type AudienceListRow,
  type AudiencePageRow,
  type Store,
} from "@yubin/store";
import { limits } from "@yubin/types";

import type { AudienceList, AudienceLists } from "../domain/audience-list.ts";
import type { ListRow } from "../domain/list-row.ts";
import { openToChange } from "./campaigns.ts";

export const createAudienceLists = (store: Store): AudienceLists => {
  const rows = store.audienceLists;
  return {
    find: async ({ id: campaignId, workspaceId }, listId) => {
      const row = await rows.findOne({ _id: listId, workspaceId, campaignId });
      return row ? toList(row) : undefined;
    },
    open: async ({ id, workspaceId, campaignId, format, upload, createdAt }) => {
      const ours = { _id: id, workspaceId, campaignId };
      const first = { ...newRow, format, upload, createdAt };
      await upserting(() => rows.updateOne(ours, { $setOnInsert: first }, { upsert: true }));
      const row =
        (await rows.findOneAndUpdate(
          { ...ours, state: "receiving" },
          { $set: { upload } },
          { returnDocument: "after" },
        )) ?? (await rows.findOne(ours));
      if (!row) throw new Error("a list vanished while it was made");
      return toList(row);
    },
    put: (list, some) => putPage(store, list, some),
    take: async (list, { upTo, accepted, problems }) => {
      const kept = problems.slice(0, Math.max(0, limits.importProblemsMax - list.refused));
      const row = await rows.findOneAndUpdate(
        receiving(list),
        {
          $set: { rows: upTo },
          $inc: { accepted, refused: problems.length, pages: accepted > 0 ? 1 : 0 },
          ...(kept.length > 0 ? { $push: { problems: { $each: [...kept] } } } : {}),
        },
        { returnDocument: "after" },
      );
      return row ? toList(row) : undefined;
    },
    end: async (list, { state, reason, at }) => {
      const row = await rows.findOneAndUpdate(
        receiving(list),
        { $set: { state, reason, endedAt: at } },
        { returnDocument: "after" },
      );
      return row ? toList(row) : undefined;
    },
    use: async (list) => {
      const { id, workspaceId, campaignId, pages, accepted, createdAt } = list;
      const used = await store.campaigns.updateOne(
        {
          _id: campaignId,
          workspaceId,
          $and: [
            { $or: [{ list: null }, { "list.id": id }, { "list.createdAt": { $lte: createdAt } }] },
            openToChange,
          ],
        },
        { $set: { list: { id, pages, rows: accepted, createdAt } } },
      );
      if (used.matchedCount === 0) return false;
      await putAway(store, list);
      return true;
    },
  };
};

/** Of every list of the campaign that was begun before this one nothing stays but what it was. */
const putAway = async (
  { audienceLists, audiencePages }: Store,
  { id, workspaceId, campaignId, createdAt }: AudienceList,
): Promise<void> => {
  const before = { campaignId, workspaceId, _id: { $ne: id }, createdAt: { $lte: createdAt } };
  await audienceLists.updateMany(before, { $set: { state: "replaced" } });
  for await (const { _id } of audienceLists.find(before).project<{ _id: string }>({ _id: 1 }))
    await audiencePages.deleteMany({ _id: pagesOf(_id), workspaceId });
};

/**
 * A page that is there already was left by an upload that broke off, or is written by one that does not know yet that
 * a later one began: only the upload that the list names may take its place.
 */
const putPage = async (
  { audienceLists, audiencePages }: Store,
  list: AudienceList,
  rows: readonly ListRow[],
): Promise<boolean> => {
  const page = pageOf(list, rows);
  const { _id, workspaceId, upload } = page;
  for (;;) {
    try {
      await audiencePages.insertOne(page);
      return true;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    const earlier = await audiencePages.findOne(
      { _id, workspaceId },
      { projection: { upload: 1 } },
    );
    const isOurs = await audienceLists.findOne(receiving(list), { projection: { _id: 1 } });
    if (!isOurs) return false;
    if (!earlier) continue;
    const replaced = await audiencePages.replaceOne(
      { _id, workspaceId, upload: earlier.upload },
      { ...page, upload },
    );
    if (replaced.matchedCount === 1) return true;
  }
};

const pageOf = (
  { id, workspaceId, campaignId, upload, pages }: AudienceList,
  rows: readonly ListRow[],
): AudiencePageRow => ({
  _id: `${id}/${String(pages + 1).padStart(6, "0")}`,
  workspaceId,
  campaignId,
  listId: id,
  upload,
  refs: rows.map(({ ref }) => ref),
  data: rows.some(({ data }) => data) ? rows.map(({ data }) => data ?? null) : [],
  erasures: [],
});

/** All pages of a list; 0 comes right after /. */
const pagesOf = (listId: string) => ({ $gte: `${listId}/`, $lt: `${listId}0` });

const receiving = ({ id, workspaceId, upload, rows }: AudienceList) => ({
  _id: id,
  workspaceId,
  state: "receiving" as const,
  upload,
  rows,
});

const newRow = {
  state: "receiving" as const,
  reason: null,
  rows: 0,
  accepted: 0,
  refused: 0,
  pages: 0,
  problems: [],
  endedAt: null,
};

const toList = ({ _id, ...row }: AudienceListRow): AudienceList => ({ id: _id, ...row });
