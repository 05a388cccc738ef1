import type { Store } from "@yubin/store";
import { parseProfileRef } from "@yubin/types";

import type { ErasureStore, NameOfErased } from "../domain/people-store.ts";
import { lineConflictId } from "./conflicts.ts";
import type { PeopleStoreOptions } from "./people.ts";

/** How long after an erasure everything is looked for once more: whatever was under way is written by then. */
const secondLookMs = 15_000;

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
    return rows.map(({ _id, kind, value, movedFrom = null }) => ({
      key: _id,
      kind,
      value,
      movedFrom,
    }));
  },
  openErasure: async ({ id, workspaceId, profileIds, names, requestedAt }) => {
    const filter = { _id: id, workspaceId };
    await store.erasures.updateOne(
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
          refs: { $each: names.flatMap(refOf) },
        },
      },
      { upsert: true },
    );
  },
  buryNames: async (workspaceId, names, erasedAt) => {
    const ids = names
      // An address is a trait: it says of whom somebody speaks, but never who is meant.
      .filter(({ kind }) => kind !== "email")
      .flatMap(({ key }) => tombstoneIds(key).slice(0, 1));
    if (ids.length === 0) return;
    await store.tombstones.bulkWrite(
      ids.map((_id) => ({
        updateOne: { filter: { _id, workspaceId }, update: { $max: { erasedAt } }, upsert: true },
      })),
      { ordered: false },
    );
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
  dropTraces: async (workspaceId, id) => {
    const row = await store.erasures.findOne({ _id: id, workspaceId });
    if (!row) return;
    const ids = { $in: row.profileIds };
    await store.events.updateMany(
      { profileId: ids, workspaceId, source: { $ne: "api" } },
      { $set: { body: {}, lineUserId: null, hash: null } },
    );
    await store.events.updateMany(
      { profileId: ids, workspaceId, source: "api", type: { $ne: "erase" } },
      { $set: { body: {}, lineUserId: null, hash: null } },
    );
    const sides = { loserBefore: null, survivorBefore: null, loserAfter: null, values: [] };
    await store.merges.updateMany({ from: ids, workspaceId }, { $set: sides });
    await store.merges.updateMany({ into: ids, workspaceId }, { $set: sides });
    const survivors = { $in: await findEverMergedInto(store, workspaceId, row.profileIds) };
    for (const side of ["survivorBefore", "loserBefore", "loserAfter"]) {
      const asOne = { workspaceId, [`${side}.mergedFrom`]: ids };
      await store.merges.updateMany({ ...asOne, from: survivors }, { $set: sides });
      await store.merges.updateMany({ ...asOne, into: survivors }, { $set: sides });
    }
    await store.lineLinks.deleteMany({ profileId: ids, workspaceId });
    await store.lineLinks.deleteMany({ lineUserId: { $in: row.lineUserIds }, workspaceId });
    await store.conflicts.deleteMany({ holderId: ids, workspaceId });
    // The LINE ID may have come from somebody else, who is still the holder of what was in dispute then.
    await store.conflicts.deleteMany({
      _id: { $in: row.refs.flatMap((ref) => lineConflictOf(workspaceId, ref)) },
      workspaceId,
    });
    await store.conflicts.updateMany(
      { "claimants.profileId": ids, workspaceId },
      { $pull: { claimants: { profileId: ids } } },
    );
    await store.conflicts.updateMany(
      { workspaceId, state: "open", claimants: { $size: 0 } },
      { $set: { state: "resolved", resolvedBy: "erase" } },
    );
  },
  findOpenErasures: async (now, limit) => {
    // Of all workspaces: the sweeper belongs to none.
    const rows = await store.erasures.find({ nextAt: { $lt: now } }, { limit }).toArray();
    return rows.map(({ _id, workspaceId, parts }) => ({
      id: _id,
      workspaceId,
      sender: parts.sender !== null,
    }));
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
      { $set: { state: "done", nextAt: null, lineUserIds: [], refs: [] } },
    );
  },
});

const lineConflictOf = (workspaceId: string, ref: string): string[] => {
  const parsed = parseProfileRef(ref);
  if (parsed?.kind !== "alias" || !parsed.alias.kind.startsWith("line/")) return [];
  const provider = parsed.alias.kind.slice("line/".length);
  return [lineConflictId({ workspaceId, provider, lineUserId: parsed.alias.value })];
};

/** Those they were one person with until an undo: other merges of that time have them in their journals. */
const findEverMergedInto = async (
  { merges }: Store,
  workspaceId: string,
  profileIds: readonly string[],
): Promise<string[]> => {
  const survivors = new Set<string>();
  for (let from = [...profileIds]; from.length > 0;) {
    const rows = await merges
      .find({ from: { $in: from }, workspaceId }, { projection: { into: 1 } })
      .toArray();
    from = [...new Set(rows.map(({ into }) => into))].filter((id) => !survivors.has(id));
    for (const id of from) survivors.add(id);
  }
  return [...survivors];
};

const isLine = ({ kind }: NameOfErased): boolean => kind.startsWith("line/");

/** As messages name people; an anonymous id is none of their words. */
const refOf = ({ kind, value }: NameOfErased): string[] => {
  if (kind === "user" || kind === "email") return [`${kind}:${value}`];
  return kind.startsWith("line/") ? [`line:${kind.slice("line/".length)}:${value}`] : [];
};
