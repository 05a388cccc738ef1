import { isDuplicateKey, type BackfillRow, type Store } from "@yubin/store";

import type { Backfill, Backfills } from "../domain/backfill.ts";

export const createBackfills = ({ backfills }: Store): Backfills => ({
  find: async (workspaceId, backfillId) =>
    toBackfillOrNot(await backfills.findOne({ _id: backfillId, workspaceId })),
  list: async ({ workspaceId, channelId }, { after, limit }) =>
    (
      await backfills
        .find({ workspaceId, channelId, seq: { $gt: after } })
        .sort({ seq: 1 })
        .limit(limit)
        .toArray()
    ).map(toBackfill),
  findLast: async (workspaceId, channelId) => {
    const [last] = await backfills
      .find({ workspaceId, channelId })
      .sort({ seq: -1 })
      .limit(1)
      .toArray();
    return toBackfillOrNot(last ?? null);
  },
  insert: async (backfill) => {
    try {
      await backfills.insertOne(toRow(backfill));
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  },
  // Due at once: its last count is still to be made.
  cancel: async ({ id, workspaceId }, now) =>
    toBackfillOrNot(
      await backfills.findOneAndUpdate(
        { _id: id, workspaceId, state: "running" },
        { $set: { state: "cancelled", reason: null, endedAt: now, nextAt: now } },
        { returnDocument: "after" },
      ),
    ),
});

const toRow = ({ id, ...backfill }: Backfill): BackfillRow => ({
  ...backfill,
  _id: id,
  pass: 1,
  passStartedAt: null,
  start: null,
  startAt: null,
  listed: false,
  tries: 0,
  claim: "",
  claimedUntil: new Date(0),
  nextAt: backfill.startedAt,
  namesAfter: null,
});

const toBackfill = (row: BackfillRow): Backfill => ({
  id: row._id,
  workspaceId: row.workspaceId,
  channelId: row.channelId,
  seq: row.seq,
  dryRun: row.dryRun,
  state: row.state,
  reason: row.reason,
  pages: row.pages,
  found: row.found,
  created: row.created,
  updated: row.updated,
  unchanged: row.unchanged,
  startedAt: row.startedAt,
  endedAt: row.endedAt,
});

const toBackfillOrNot = (row: BackfillRow | null): Backfill | undefined =>
  row ? toBackfill(row) : undefined;
