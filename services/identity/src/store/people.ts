import { Failure } from "@yubin/errors";
import type { Store } from "@yubin/store";

import { isLinkProof } from "../domain/link-account.ts";
import type { ErasureStore, MergeStore, PeopleStore, Repoint } from "../domain/people-store.ts";
import { failingAsStore } from "./as-store-failure.ts";
import { createConflicts } from "./conflicts.ts";
import { createErasures } from "./erasures.ts";
import { createEventEnds } from "./event-ends.ts";
import { insertUnordered } from "./insert-unordered.ts";
import { createMergeJournals } from "./merge-journals.ts";
import { createMergeUndos } from "./merge-undos.ts";
import { createMessageTraces } from "./message-traces.ts";
import { toAliasHeld, toAliasRow, toInboxEvent, toProfile, toProfileRow } from "./people-rows.ts";
import { createTombstones, type PeopleStoreOptions } from "./tombstones.ts";

/** People, their aliases and the events about them. Reads and writes in bulk: a storm of follows is few calls. */
export const createPeopleStore = (
  store: Store,
  { tombstoneIds }: PeopleStoreOptions,
): PeopleStore & MergeStore & ErasureStore =>
  failingAsStore({
    ...createPeopleReads(store),
    ...createPeopleWrites(store),
    ...createTombstones(store, tombstoneIds),
    ...createMergeJournals(store),
    ...createMergeUndos(store),
    ...createConflicts(store),
    ...createErasures(store, tombstoneIds),
    ...createMessageTraces(store),
    ...createEventEnds(store),
  });

type Reads = Pick<PeopleStore, "findWaiting" | "findAliases" | "findProfiles">;

const createPeopleReads = ({ aliases, events, profiles }: Store): Reads => ({
  findWaiting: async (workspaceId, eventIds) => {
    const waiting = { _id: { $in: [...eventIds] }, state: "stored" } as const;
    const rows = await events.find({ ...waiting, workspaceId }).toArray();
    if (rows.length < eventIds.length) {
      const foreign = { ...waiting, workspaceId: { $ne: workspaceId } };
      if (await events.findOne(foreign, { projection: { _id: 1 } }))
        throw new Failure("workspace_mismatch", "the job names events of another workspace");
    }
    return rows.map(toInboxEvent);
  },
  findAliases: async (workspaceId, keys) => {
    if (keys.length === 0) return new Map();
    const rows = await aliases.find({ _id: { $in: [...keys] }, workspaceId }).toArray();
    return new Map(rows.map((row) => [row._id, toAliasHeld(row)]));
  },
  findProfiles: async (workspaceId, ids) => {
    if (ids.length === 0) return [];
    const rows = await profiles.find({ _id: { $in: [...ids] }, workspaceId }).toArray();
    return rows.map(toProfile);
  },
});

type Writes = Pick<
  PeopleStore,
  "claim" | "drop" | "repoint" | "prove" | "endMoves" | "insertProfiles" | "updateProfiles"
>;

const createPeopleWrites = ({ aliases, profiles }: Store): Writes => ({
  claim: (claims) => insertUnordered(aliases, claims.map(toAliasRow)),
  drop: async (names) => {
    await aliases.bulkWrite(
      names.map(({ key, workspaceId, profileIds }) => ({
        deleteOne: { filter: { _id: key, workspaceId, profileId: { $in: [...profileIds] } } },
      })),
      { ordered: false },
    );
  },
  repoint: async (repoints) => {
    const done = await aliases.bulkWrite(
      repoints.map((one) => ({
        updateOne: {
          filter: {
            _id: one.key,
            workspaceId: one.workspaceId,
            profileId: one.from,
            ...unlessProvenSince(one),
          },
          update: {
            $set: {
              profileId: one.profileId,
              movedFrom: one.movedFrom,
              movedBy: one.movedBy,
              ...one.because,
            },
            $inc: { generation: one.because ? 1 : 0 },
            ...(one.movedFrom === null ? {} : { $addToSet: { formerHomes: one.movedFrom } }),
          },
        },
      })),
      { ordered: false },
    );
    return done.matchedCount === repoints.length;
  },
  prove: async (proofs) => {
    await aliases.bulkWrite(
      proofs.map(({ key, workspaceId, profileId, provenAt }) => ({
        updateOne: {
          filter: { _id: key, workspaceId, profileId },
          update: { $max: { provenAt } },
        },
      })),
      { ordered: false },
    );
  },
  endMoves: async (moves) => {
    await aliases.bulkWrite(
      moves.map(({ key, workspaceId, profileId, movedFrom }) => ({
        updateOne: {
          filter: { _id: key, workspaceId, profileId, movedFrom },
          update: { $set: { movedFrom: null } },
        },
      })),
      { ordered: false },
    );
  },
  insertProfiles: (people) => insertUnordered(profiles, people.map(toProfileRow)),
  updateProfiles: async (people) => {
    const done = await profiles.bulkWrite(
      people.map((profile) => {
        const { _id, workspaceId, createdAt: _, ...changed } = toProfileRow(profile);
        const filter = { _id, workspaceId, version: profile.version - 1, mergedInto: null };
        return { updateOne: { filter, update: { $set: changed } } };
      }),
      { ordered: false },
    );
    return done.matchedCount === people.length;
  },
});

/** A name that the workspace's rule moves; what people decided is not undone by what was proven meanwhile. */
const unlessProvenSince = ({ movedFrom, because }: Repoint): object =>
  movedFrom !== null && because !== null && isLinkProof(because.proof)
    ? { $or: [{ provenAt: null }, { provenAt: { $lte: because.since } }] }
    : {};
