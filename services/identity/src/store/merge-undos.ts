import type { Store } from "@yubin/store";

import type { AppliedFact, MergeStore } from "../domain/people-store.ts";
import { familyOf } from "../domain/profile.ts";
import { retoldTypes } from "../domain/retell.ts";
import { toMerge } from "./merge-journals.ts";
import { toInboxEvent, toProfile, toProfileRow } from "./people-rows.ts";

type Undos = Pick<
  MergeStore,
  | "findMerge"
  | "beginUndo"
  | "cancelUndo"
  | "keepLoserAfter"
  | "restoreLoser"
  | "endUndo"
  | "findFacts"
>;

/** Clocks of machines differ; a fact told twice says the same. */
const clockMarginMs = 120_000;
const sweepAfterMs = 10_000;

/** Taking a merge apart again, from the journal and from what was told since. */
export const createMergeUndos = ({ merges, profiles, events }: Store): Undos => ({
  findMerge: async (workspaceId, id) => {
    const row = await merges.findOne({ _id: id, workspaceId });
    return row
      ? {
          ...toMerge(row),
          survivorBefore: row.survivorBefore ? toProfile(row.survivorBefore) : null,
          loserAfter: row.loserAfter ? toProfile(row.loserAfter) : null,
          loserAfterVersion: row.loserAfterVersion ?? 0,
          undoneBy: row.undoneBy ?? null,
        }
      : undefined;
  },
  beginUndo: async ({ id, workspaceId }, eventId) => {
    const done = await merges.updateOne(
      { _id: id, workspaceId, state: "done" },
      {
        $set: {
          state: "undoing",
          undoneBy: eventId,
          nextAt: new Date(Date.now() + sweepAfterMs),
        },
      },
    );
    return done.matchedCount === 1;
  },
  cancelUndo: async ({ id, workspaceId, loserAfterVersion }, eventId) => {
    const done = await merges.updateOne(
      { _id: id, workspaceId, state: "undoing", undoneBy: eventId, loserAfterVersion },
      {
        $set: {
          state: "done",
          undoneBy: null,
          loserAfter: null,
          loserAfterVersion: 0,
          nextAt: null,
        },
      },
    );
    return done.matchedCount === 1;
  },
  keepLoserAfter: async ({ id, workspaceId }, eventId, { loser, survivorVersion }) => {
    const ours = { _id: id, workspaceId, state: "undoing" as const, undoneBy: eventId };
    const done = await merges.updateOne(
      { ...ours, loserAfterVersion: { $lte: survivorVersion } },
      { $set: { loserAfter: toProfileRow(loser), loserAfterVersion: survivorVersion } },
    );
    return done.matchedCount === 1;
  },
  restoreLoser: async ({ id, workspaceId, from }, loser) => {
    const { _id, createdAt: _, ...row } = toProfileRow(loser);
    const merged = { _id: from, workspaceId, mergeId: id };
    await profiles.updateOne({ ...merged, erasedAt: null }, { $set: row });
    await profiles.updateOne(
      { ...merged, erasedAt: { $ne: null } },
      { $set: { mergedInto: null, mergeId: null, lendsExternalId: false }, $inc: { version: 1 } },
    );
  },
  endUndo: async ({ id, workspaceId }, now) => {
    await merges.updateOne(
      { _id: id, workspaceId, state: "undoing" },
      // What it was needed for is done, and nobody would find these copies when somebody in them is erased.
      {
        $set: {
          state: "undone",
          undoneAt: now,
          nextAt: null,
          loserBefore: null,
          survivorBefore: null,
          loserAfter: null,
        },
      },
    );
  },
  findFacts: async (survivor, since) => {
    const { workspaceId, recentFacts } = survivor;
    const family = familyOf(survivor);
    const recent = new Map(recentFacts.map(({ eventRowId, homeId }) => [eventRowId, homeId]));
    const from = new Date(since.getTime() - clockMarginMs);
    const rows = await events
      .find({
        workspaceId,
        $or: [
          {
            profileId: { $in: family },
            state: "applied",
            appliedAt: { $gte: from },
            source: { $ne: "line" }, // a month of chat, of which nothing is told again
          },
          { _id: { $in: [...recent.keys()] } },
        ],
      })
      .toArray();
    return (
      rows
        .map((row): AppliedFact => ({
          event: toInboxEvent(row),
          profileId: row.profileId ?? recent.get(row._id) ?? survivor.id,
        }))
        // What was told of somebody whom an earlier undo took out of here is theirs alone.
        .filter(
          ({ event, profileId }) =>
            family.includes(profileId) && retoldTypes.includes(`${event.source}/${event.type}`),
        )
    );
  },
});
