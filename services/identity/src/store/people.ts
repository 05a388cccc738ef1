import { Failure } from "@yubin/errors";
import type { Store } from "@yubin/store";

import type { PeopleStore } from "../domain/people-store.ts";
import { asStoreFailure } from "./as-store-failure.ts";
import { createEventEnds } from "./event-ends.ts";
import { insertUnordered } from "./insert-unordered.ts";
import { createMessageTraces } from "./message-traces.ts";
import { toAliasRow, toInboxEvent, toProfile, toProfileRow } from "./people-rows.ts";

/** People, their aliases and the events about them. Reads and writes in bulk: a storm of follows is few calls. */
export const createPeopleStore = (store: Store): PeopleStore =>
  failingAsStore({
    ...createPeopleReads(store),
    ...createPeopleWrites(store),
    ...createMessageTraces(store),
    ...createEventEnds(store),
  });

type Reads = Pick<PeopleStore, "findWaiting" | "findOwners" | "findProfiles">;

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
  findOwners: async (workspaceId, keys) => {
    if (keys.length === 0) return new Map();
    const rows = await aliases
      .find({ _id: { $in: [...keys] }, workspaceId }, { projection: { profileId: 1 } })
      .toArray();
    return new Map(rows.map(({ _id, profileId }) => [_id, profileId]));
  },
  findProfiles: async (workspaceId, ids) => {
    const rows = await profiles.find({ _id: { $in: [...ids] }, workspaceId }).toArray();
    return rows.map(toProfile);
  },
});

type Writes = Pick<PeopleStore, "claim" | "repoint" | "insertProfiles" | "updateProfiles">;

const createPeopleWrites = ({ aliases, profiles }: Store): Writes => ({
  claim: (claims) => insertUnordered(aliases, claims.map(toAliasRow)),
  repoint: async (repoints) => {
    const done = await aliases.bulkWrite(
      repoints.map(({ key, workspaceId, from, to }) => ({
        updateOne: {
          filter: { _id: key, workspaceId, profileId: from },
          update: { $set: { profileId: to } },
        },
      })),
      { ordered: false },
    );
    return done.matchedCount === repoints.length;
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

/** Every call of the store fails with `store.unavailable` when it is the database's fault. */
const failingAsStore = (people: PeopleStore): PeopleStore =>
  Object.fromEntries(
    Object.entries(people).map(([name, call]: [string, (...args: never[]) => Promise<unknown>]) => [
      name,
      async (...args: never[]) => {
        try {
          return await call(...args);
        } catch (error) {
          throw asStoreFailure(error);
        }
      },
    ]),
  ) as unknown as PeopleStore;
