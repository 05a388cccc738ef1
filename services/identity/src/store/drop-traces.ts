import { replyTokenIds, type ErasureRow, type EventRow, type Store } from "@yubin/store";
import { aliasKey, parseProfileRef, type AliasName } from "@yubin/types";

import type { ErasureStore } from "../domain/people-store.ts";
import { withoutNames } from "../domain/without-names.ts";
import { lineConflictId } from "./conflicts.ts";

const nothingSaid = {
  $set: { body: {}, lineUserId: null, hash: null },
  $unset: { names: "" },
} as const;

/** Takes what events, journals, links and conflicts say of somebody who is being erased. */
export const createDropTraces =
  (store: Store): ErasureStore["dropTraces"] =>
  async (workspaceId, id) => {
    const row = await store.erasures.findOne({ _id: id, workspaceId });
    if (!row) return;
    await dropEvents(store, row);
    await dropNamed(store, row);
    await dropSetAside(store, row);
    await dropReplyTokens(store, row);
    await dropJournals(store, row);
    await dropDisputes(store, row);
  };

const dropEvents = async ({ events }: Store, row: ErasureRow): Promise<void> => {
  const { workspaceId, profileIds, lineUserIds, formerHomes = [] } = row;
  const ids = { $in: profileIds };
  await events.updateMany({ profileId: ids, workspaceId, source: { $ne: "api" } }, nothingSaid);
  await events.updateMany(
    { profileId: ids, workspaceId, source: "api", type: { $ne: "erase" } },
    nothingSaid,
  );
  // Their LINE ID was somebody else's once, and what it said then is in that person's history.
  const before = { profileId: { $in: formerHomes }, workspaceId };
  await events.updateMany({ ...before, lineUserId: { $in: lineUserIds } }, nothingSaid);
  await events.updateMany({ ...before, "body.lineUserId": { $in: lineUserIds } }, nothingSaid);
};

/** What others said stays, without the names of who is forgotten. */
const dropNamed = async ({ events }: Store, row: ErasureRow): Promise<void> => {
  const { workspaceId, profileIds } = row;
  const aliases = namesIn(row);
  const keys = aliases.map((alias) => aliasKey(workspaceId, alias));
  if (keys.length === 0) return;
  const valuesOf = (isOf: (kind: string) => boolean): Set<string> =>
    new Set(aliases.flatMap(({ kind, value }) => (isOf(kind) ? value : [])));
  const erased = {
    users: valuesOf((kind) => kind === "user"),
    anonymousIds: valuesOf((kind) => kind === "anon"),
    lineUserIds: valuesOf((kind) => kind.startsWith("line/")),
  };
  const named = events
    .find({ names: { $in: keys }, workspaceId, profileId: { $nin: profileIds } })
    .project<Pick<EventRow, "_id" | "body" | "lineUserId">>({ body: 1, lineUserId: 1 });
  const said = aliases
    .flatMap((alias) => spellingsOf(alias))
    .map((one) => aliasKey(workspaceId, one));
  for await (const { _id, ...what } of named)
    await events.updateOne(
      { _id, workspaceId },
      { $set: { ...withoutNames(what, erased), hash: null }, $pull: { names: { $in: said } } },
    );
};

/** A `previousId` may be either kind of name, so that it stands among an event's names as both. */
const spellingsOf = ({ kind, value }: AliasName): AliasName[] =>
  kind === "user" || kind === "anon"
    ? [
        { kind: "user", value },
        { kind: "anon", value },
      ]
    : [{ kind, value }];

const namesIn = ({ refs, anonymousIds = [] }: ErasureRow): AliasName[] => [
  ...refs.flatMap((ref) => {
    const parsed = parseProfileRef(ref);
    // An address says of whom somebody speaks, and somebody else may have the same.
    return parsed?.kind === "alias" && parsed.alias.kind !== "email" ? parsed.alias : [];
  }),
  ...anonymousIds.map((value) => ({ kind: "anon" as const, value })),
];

/** What could not be applied is of no person; the names in it say whose it was. There is little of it, found by its state. */
const dropSetAside = async ({ events }: Store, row: ErasureRow): Promise<void> => {
  const { workspaceId, lineUserIds, refs } = row;
  const users = refs.flatMap((ref) => (ref.startsWith("user:") ? [ref.slice("user:".length)] : []));
  const aside = { workspaceId, state: "quarantined", profileId: null } as const;
  const names: readonly [string, readonly string[]][] = [
    ["lineUserId", lineUserIds],
    ["body.lineUserId", lineUserIds],
    ["body.context.line.userId", lineUserIds],
    ["body.userId", users],
    ["body.previousId", users],
  ];
  for (const [field, values] of names)
    await events.updateMany({ ...aside, [field]: { $in: [...values] } }, nothingSaid);
};

const dropReplyTokens = async (
  { channels, replyTokens }: Store,
  { workspaceId, lineUserIds }: ErasureRow,
): Promise<void> => {
  const theirs = await channels
    .find({ workspaceId })
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  for (const { _id: channelId } of theirs)
    for (const lineUserId of lineUserIds)
      await replyTokens.deleteMany({ _id: replyTokenIds(channelId, lineUserId), workspaceId });
};

const dropJournals = async (store: Store, row: ErasureRow): Promise<void> => {
  const { workspaceId, profileIds, lineUserIds, formerHomes = [] } = row;
  const { merges } = store;
  const ids = { $in: profileIds };
  const sides = { loserBefore: null, survivorBefore: null, loserAfter: null, values: [] };
  await merges.updateMany({ from: ids, workspaceId }, { $set: sides });
  await merges.updateMany({ into: ids, workspaceId }, { $set: sides });
  const survivors = { $in: await findEverMergedInto(store, workspaceId, profileIds) };
  const others = { $in: formerHomes };
  const theirs = { lineUserId: { $in: lineUserIds } };
  for (const side of ["survivorBefore", "loserBefore", "loserAfter"]) {
    const asOne = { workspaceId, [`${side}.mergedFrom`]: ids };
    await merges.updateMany({ ...asOne, from: survivors }, { $set: sides });
    await merges.updateMany({ ...asOne, into: survivors }, { $set: sides });
    const holding = { workspaceId, [`${side}.lineAccounts.lineUserId`]: { $in: lineUserIds } };
    const without = { $pull: { [`${side}.lineAccounts`]: theirs } } as object;
    await merges.updateMany({ ...holding, from: others }, without);
    await merges.updateMany({ ...holding, into: others }, without);
  }
};

const dropDisputes = async ({ lineLinks, conflicts }: Store, row: ErasureRow): Promise<void> => {
  const { workspaceId, profileIds, lineUserIds, refs } = row;
  const ids = { $in: profileIds };
  await lineLinks.deleteMany({ profileId: ids, workspaceId });
  await lineLinks.deleteMany({ lineUserId: { $in: lineUserIds }, workspaceId });
  await conflicts.deleteMany({ holderId: ids, workspaceId });
  // The LINE ID may have come from somebody else, who is still the holder of what was in dispute then.
  await conflicts.deleteMany({
    _id: { $in: refs.flatMap((ref) => lineConflictOf(workspaceId, ref)) },
    workspaceId,
  });
  await conflicts.updateMany(
    { "claimants.profileId": ids, workspaceId },
    { $pull: { claimants: { profileId: ids } } },
  );
  await conflicts.updateMany(
    { workspaceId, state: "open", claimants: { $size: 0 } },
    { $set: { state: "resolved", resolvedBy: "erase" } },
  );
};

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
