import type { MergeRow, Store } from "@yubin/store";

import type { Merge } from "../domain/merge.ts";
import type { MergeStore, PeopleStore } from "../domain/people-store.ts";
import { insertUnordered } from "./insert-unordered.ts";
import { toProfileRow } from "./people-rows.ts";

type Journals = Pick<PeopleStore, "reserveSurvivors" | "openMerges" | "keepSurvivors"> &
  Pick<MergeStore, "findOpenMerges" | "endMerges" | "voidMerges" | "point">;

/** A merge that was begun is looked at by the sweeper when its process has had time enough. */
const sweepAfterMs = 10_000;
/** One that seems never to have been made is looked at once more, much later. */
const lastLookMs = 600_000;
const open = { $in: ["started", "void"] as MergeRow["state"][] };

/** The journals of merges, from before them to their end. */
export const createMergeJournals = ({ merges, profiles }: Store): Journals => ({
  reserveSurvivors: async (reserved) => {
    const done = await profiles.bulkWrite(
      reserved.map(({ id, workspaceId, version, mergeIds }) => ({
        updateOne: {
          filter: { _id: id, workspaceId, version, mergedInto: null, erasedAt: null },
          update: { $addToSet: { absorbing: { $each: [...mergeIds] } }, $inc: { version: 1 } },
        },
      })),
      { ordered: false },
    );
    return done.matchedCount === reserved.length;
  },
  openMerges: async (journals) => {
    await insertUnordered(
      merges,
      journals.map(({ id, loserBefore, ...merge }) => ({
        _id: id,
        ...merge,
        loserBefore: toProfileRow(loserBefore),
        survivorBefore: null,
        survivorVersion: 0,
        values: [],
        loserAfter: null,
        loserAfterVersion: 0,
        undoneBy: null,
        doneAt: null,
        undoneAt: null,
        nextAt: new Date(merge.startedAt.getTime() + sweepAfterMs),
      })),
    );
  },
  keepSurvivors: async (survivors) => {
    await merges.bulkWrite(
      survivors.map(({ mergeId, workspaceId, survivor, values }) => ({
        updateOne: {
          filter: { _id: mergeId, workspaceId, survivorVersion: { $lt: survivor.version } },
          update: {
            $set: {
              survivorBefore: toProfileRow(survivor),
              survivorVersion: survivor.version,
              values: [...values],
            },
          },
        },
      })),
      { ordered: false },
    );
  },
  findOpenMerges: async (workspaceId, ids) => {
    const rows = await merges
      .find(
        { _id: { $in: [...ids] }, workspaceId, state: open },
        { projection: { loserBefore: 0, survivorBefore: 0, loserAfter: 0, values: 0 } },
      )
      .toArray();
    return rows.map(toMerge);
  },
  endMerges: async (ended, now) => {
    for (const [workspaceId, ours] of Map.groupBy(ended, (merge) => merge.workspaceId))
      await merges.updateMany(
        { _id: { $in: ours.map(({ id }) => id) }, workspaceId, state: open },
        { $set: { state: "done", doneAt: now, nextAt: null } },
      );
  },
  voidMerges: async (dead) => {
    await merges.bulkWrite(
      dead.map(({ id, workspaceId, state, startedAt }) => ({
        updateOne: {
          filter: { _id: id, workspaceId, state: open },
          update: {
            $set: {
              state: "void",
              nextAt: state === "void" ? null : new Date(startedAt.getTime() + lastLookMs),
            },
          },
        },
      })),
      { ordered: false },
    );
  },
  point: async ({ id, workspaceId, version }, to) => {
    const done = await profiles.updateOne(
      { _id: id, workspaceId, version, mergedInto: { $ne: null } },
      { $set: { mergedInto: to }, $inc: { version: 1 } },
    );
    return done.matchedCount === 1;
  },
});

export const toMerge = (row: MergeRow): Merge => ({
  id: row._id,
  workspaceId: row.workspaceId,
  eventRowId: row.eventRowId,
  askedBy: row.askedBy,
  from: row.from,
  into: row.into,
  state: row.state,
  loserVersion: row.loserVersion,
  lendsExternalId: row.lendsExternalId,
  undoUntil: row.undoUntil,
  startedAt: row.startedAt,
});
