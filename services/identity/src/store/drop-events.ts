import type { ErasureRow, EventRow, Store } from "@yubin/store";
import { aliasKey, parseProfileRef, type AliasName } from "@yubin/types";

import { withoutNames } from "../domain/without-names.ts";
import { createTombstones, type PeopleStoreOptions } from "./tombstones.ts";

const nothingSaid = {
  $set: { body: {}, lineUserId: null, hash: null },
  $unset: { names: "" },
} as const;

/** Takes what events say of somebody who is being erased, and leaves what others said without their names. */
export const createDropEvents = (
  store: Store,
  tombstoneIds: PeopleStoreOptions["tombstoneIds"],
): ((row: ErasureRow) => Promise<void>) => {
  const { findErased } = createTombstones(store, tombstoneIds);
  return async (row) => {
    const names = namesIn(row);
    const keys = names.map((name) => aliasKey(row.workspaceId, name));
    const times = await findErased(row.workspaceId, keys);
    const buried = names.map((name) => ({
      name,
      erasedAt: times.get(aliasKey(row.workspaceId, name)) ?? new Date(),
    }));
    await dropTheirs(store, row);
    await dropFormer(store, row, buried);
    await dropNamed(store, row, buried);
    await dropSetAside(store, row);
  };
};

/** A name is whoever's it was until then; who has it since is somebody else, of whom nothing is taken. */
interface Buried {
  readonly name: AliasName;
  readonly erasedAt: Date;
}

const dropTheirs = async ({ events }: Store, row: ErasureRow): Promise<void> => {
  const { workspaceId } = row;
  const ids = { $in: row.profileIds };
  await events.updateMany({ profileId: ids, workspaceId, source: { $ne: "api" } }, nothingSaid);
  await events.updateMany(
    { profileId: ids, workspaceId, source: "api", type: { $ne: "erase" } },
    nothingSaid,
  );
};

/**
 * Their LINE ID was somebody else's once. What it said then is in that person's history and goes; what calls said of
 * that person stays theirs, without the LINE ID: their profile has it, and an undo tells it again.
 */
const dropFormer = async (
  store: Store,
  { workspaceId, formerHomes = [] }: ErasureRow,
  buried: readonly Buried[],
): Promise<void> => {
  if (formerHomes.length === 0) return;
  const { events } = store;
  for (const one of buried.filter(({ name }) => isLine(name))) {
    const lineUserId = one.name.value;
    const until = { occurredAt: { $lte: one.erasedAt } };
    const theirs = { profileId: { $in: formerHomes }, workspaceId, ...until } as const;
    const notCalls = { source: { $ne: "track" as const } };
    await events.updateMany({ ...theirs, lineUserId, ...notCalls }, nothingSaid);
    await events.updateMany({ ...theirs, "body.lineUserId": lineUserId }, nothingSaid);
    await takeNames(store, { ...theirs, lineUserId, source: "track" }, buried);
  }
};

/** What others said stays, without the names of who is forgotten. */
const dropNamed = async (
  store: Store,
  { workspaceId, profileIds }: ErasureRow,
  buried: readonly Buried[],
): Promise<void> => {
  const keys = buried.map(({ name }) => aliasKey(workspaceId, name));
  if (keys.length === 0) return;
  const others = { names: { $in: keys }, workspaceId, profileId: { $nin: profileIds } };
  await takeNames(store, others, buried);
};

type Filter = Parameters<Store["events"]["find"]>[0] & { readonly workspaceId: string };

const takeNames = async (
  { events }: Store,
  filter: Filter,
  buried: readonly Buried[],
): Promise<void> => {
  const { workspaceId } = filter;
  const found = events
    .find(filter)
    .project<Pick<EventRow, "_id" | "body" | "lineUserId" | "occurredAt">>({
      body: 1,
      lineUserId: 1,
      occurredAt: 1,
    });
  for await (const { _id, occurredAt, ...what } of found) {
    const names = buried.flatMap(({ name, erasedAt }) => (erasedAt >= occurredAt ? name : []));
    if (names.length === 0) continue;
    const valuesOf = (isOf: (name: AliasName) => boolean): Set<string> =>
      new Set(names.filter(isOf).map(({ value }) => value));
    const said = withoutNames(what, {
      users: valuesOf(({ kind }) => kind === "user"),
      anonymousIds: valuesOf(({ kind }) => kind === "anon"),
      lineUserIds: valuesOf(isLine),
    });
    const gone = names.flatMap(spellingsOf).map((name) => aliasKey(workspaceId, name));
    await events.updateOne(
      { _id, workspaceId },
      { $set: { ...said, hash: null }, $pull: { names: { $in: gone } } },
    );
  }
};

const isLine = ({ kind }: AliasName): boolean => kind.startsWith("line/");

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
