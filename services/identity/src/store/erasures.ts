import { upserting, type Store } from "@yubin/store";

import type { ErasureStore, NameOfErased } from "../domain/people-store.ts";
import { createDropTraces } from "./drop-traces.ts";
import type { PeopleStoreOptions } from "./tombstones.ts";

/** How long after an erasure everything is looked for once more: whatever was under way is written by then. */
const secondLookMs = 15_000;

/** So long nobody else looks; whoever dies over it is followed by the next. */
const takenMs = 60_000;

/** What a profile is when nothing of a person is left in it. */
const blank = {
  externalId: null,
  externalIds: [],
  traits: {},
  traitTimes: {},
  consents: {},
  suppression: null,
  suppressionAt: null,
  lineAccounts: [],
  friendOf: [],
  blockedOn: [],
  notSameAs: [],
  absorbing: [],
  splitting: [],
  erasing: null,
  recentFacts: [],
};

/** Forgetting people. Each call may be repeated. */
export const createErasures = (
  store: Store,
  tombstoneIds: PeopleStoreOptions["tombstoneIds"],
): ErasureStore => ({
  findErasure: async (workspaceId, id) => {
    const row = await store.erasures.findOne({ _id: id, workspaceId });
    return row ? { profileIds: row.profileIds } : undefined;
  },
  findNames: async (workspaceId, profileIds) => {
    const rows = await store.aliases
      .find({ profileId: { $in: [...profileIds] }, workspaceId })
      .toArray();
    return rows.map(({ _id, kind, value, movedFrom = null, formerHomes = [] }) => ({
      key: _id,
      kind,
      value,
      movedFrom,
      formerHomes,
    }));
  },
  openErasure: async ({ id, workspaceId, profileIds, names, requestedAt }) => {
    const filter = { _id: id, workspaceId };
    await upserting(() =>
      store.erasures.updateOne(
        filter,
        {
          $setOnInsert: {
            state: "open",
            requestedAt,
            parts: { identity: null, sender: null },
            nextAt: new Date(requestedAt.getTime() + secondLookMs),
          },
          $addToSet: {
            profileIds: { $each: [...profileIds] },
            lineUserIds: { $each: names.filter(isLine).map(({ value }) => value) },
            formerHomes: { $each: names.flatMap(({ formerHomes }) => [...formerHomes]) },
            refs: { $each: names.flatMap(refOf) },
            anonymousIds: { $each: names.flatMap((one) => (one.kind === "anon" ? one.value : [])) },
          },
        },
        { upsert: true },
      ),
    );
  },
  buryNames: async (workspaceId, names, erasedAt) => {
    const ids = names
      // An address is a trait: it says of whom somebody speaks, but never who is meant.
      .filter(({ kind }) => kind !== "email")
      .flatMap(({ key }) => tombstoneIds(key).slice(0, 1));
    if (ids.length === 0) return;
    const writes = ids.map((_id) => ({
      updateOne: { filter: { _id, workspaceId }, update: { $max: { erasedAt } }, upsert: true },
    }));
    await upserting(() => store.tombstones.bulkWrite(writes, { ordered: false }));
  },
  blankProfiles: async (workspaceId, profileIds, now) => {
    await store.profiles.updateMany(
      { _id: { $in: [...profileIds] }, workspaceId, erasedAt: null },
      { $set: { ...blank, erasedAt: now, updatedAt: now }, $inc: { version: 1 } },
    );
  },
  dropNames: async (workspaceId, profileIds) => {
    await store.aliases.deleteMany({ profileId: { $in: [...profileIds] }, workspaceId });
  },
  findAbsorbed: async (workspaceId, profileIds) => {
    const rows = await store.merges
      .find(
        { into: { $in: [...profileIds] }, workspaceId, state: { $ne: "undone" } },
        { projection: { from: 1 } },
      )
      .toArray();
    const ids = rows.map(({ from }) => from).filter((id) => !profileIds.includes(id));
    if (ids.length === 0) return [];
    const merged = await store.profiles
      .find(
        { _id: { $in: ids }, workspaceId, mergedInto: { $in: [...profileIds] } },
        { projection: { _id: 1 } },
      )
      .toArray();
    return merged.map(({ _id }) => _id);
  },
  dropTraces: createDropTraces(store, tombstoneIds),
  takeOpenErasure: async (now) => {
    // Of all workspaces: the sweeper belongs to none.
    const row = await store.erasures.findOneAndUpdate(
      { nextAt: { $lt: now } },
      { $set: { nextAt: new Date(now.getTime() + takenMs) } },
      { sort: { nextAt: 1 } },
    );
    if (!row) return undefined;
    const { _id: id, workspaceId, profileIds, parts } = row;
    const [identity, sender] = [parts.identity !== null, parts.sender !== null];
    return { id, workspaceId, profileIds, ended: { identity, sender } };
  },
  endErasurePart: async (workspaceId, id, now) => {
    await store.erasures.updateOne(
      { _id: id, workspaceId, "parts.identity": null },
      { $set: { "parts.identity": now } },
    );
    const next = new Date(now.getTime() + secondLookMs);
    await store.erasures.updateOne(
      { _id: id, workspaceId, "parts.sender": null },
      { $set: { nextAt: next } },
    );
    await store.erasures.updateOne(
      { _id: id, workspaceId, "parts.identity": { $ne: null }, "parts.sender": { $ne: null } },
      {
        $set: {
          state: "done",
          nextAt: null,
          lineUserIds: [],
          formerHomes: [],
          refs: [],
          anonymousIds: [],
        },
      },
    );
  },
});

const isLine = ({ kind }: NameOfErased): boolean => kind.startsWith("line/");

/** As messages name people; an anonymous id is none of their words. */
const refOf = ({ kind, value }: NameOfErased): string[] => {
  if (kind === "user" || kind === "email") return [`${kind}:${value}`];
  return kind.startsWith("line/") ? [`line:${kind.slice("line/".length)}:${value}`] : [];
};
