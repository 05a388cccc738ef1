import { aliasKey, type AliasName } from "@yubin/types";
import type { AliasRow, EventRow } from "@yubin/store";

import { living } from "./check-rows.ts";
import type { Issued } from "./issue.ts";
import type { GroupKind } from "./operations.ts";
import type { People } from "./people.ts";

/** An operation, and what became of it. */
export interface Told extends Issued {
  readonly end: EventRow;
}

const isApplied = ({ end }: Told): boolean => end.state === "applied";

/** The newest word of each friendship and about each name is the one that is found through the name. */
export const checkTold = (people: People, told: readonly Told[], workspaceId: string): string[] => [
  ...checkFriendships(people, told, workspaceId),
  ...checkTokens(people, told, workspaceId),
  ...checkStrays(people, told, workspaceId),
];

const checkFriendships = (people: People, told: readonly Told[], workspaceId: string): string[] => {
  const broken: string[] = [];
  const words = told.filter(
    (one) => isApplied(one) && ["follow", "unfollow"].includes(one.operation.kind),
  );
  for (const [line, ours] of Map.groupBy(words, ({ row }) => row.lineUserId ?? "")) {
    const newest = ours.toSorted(byTime).at(-1);
    const alias = [...people.aliases.values()].find(({ value }) => value === line);
    const person = alias && people.survivorOf(alias.profileId)?.profile;
    if (!newest || (newest.operation.group.kind === "erase" && isErased(people, newest))) continue;
    if (newest.operation.group.kind === "erase" && isForgotten(alias, newest)) continue;
    const account = person?.lineAccounts.find(({ lineUserId }) => lineUserId === line);
    const known = account?.friendship[newest.row.channelId ?? ""];
    // Whoever had the LINE ID since, and was erased with it, took what was known of it along.
    if (!known && newest.operation.group.kind === "erase") continue;
    if (known?.eventId !== newest.row.eventId)
      broken.push(
        `${workspaceId} ${line}: ${newest.row._id} is the newest word and ${known?.eventId ?? "none"} is believed`,
      );
  }
  return broken;
};

/** It was given to somebody who was erased since: nobody's by now, or claimed anew. */
const isForgotten = (alias: AliasRow | undefined, { row }: Told): boolean =>
  !alias || ((alias.generation ?? 0) === 0 && alias.since > row.occurredAt);

const checkTokens = (people: People, told: readonly Told[], workspaceId: string): string[] => {
  const broken: string[] = [];
  const words = told.filter((one) => isApplied(one) && one.token !== null);
  for (const [key, ours] of Map.groupBy(words, ({ token }) => token?.key ?? "")) {
    const newest = ours.toSorted(byTime).at(-1);
    if (!newest?.token || isErased(people, newest)) continue;
    const { group } = newest.operation;
    const isMovable = newest.token.name.kind.startsWith("line/") && canMove(group.kind);
    const home = isMovable
      ? newest.end.profileId
      : people.aliases.get(aliasKey(workspaceId, newest.token.name))?.profileId;
    const person = people.survivorOf(home ?? "")?.profile;
    const found = person?.traits[key];
    const may = isMovable ? newestByHome(people, ours, person?._id) : [newest.token.value];
    if (!may.includes(String(found)))
      broken.push(
        `${key}: ${newest.row._id} (${group.kind}) is the newest word and ${String(found)} is believed`,
      );
  }
  return broken;
};

/** Nobody has what was told of somebody else. */
const checkStrays = (people: People, told: readonly Told[], workspaceId: string): string[] => {
  const names = new Map(
    told.flatMap(({ token, operation }) =>
      token && !(token.name.kind.startsWith("line/") && canMove(operation.group.kind))
        ? [[token.key, token.name]]
        : [],
    ),
  );
  return living(people).flatMap(({ _id, traits }) =>
    Object.keys(traits).flatMap((key) => {
      const name = names.get(key);
      const owner = name && people.aliases.get(aliasKey(workspaceId, name))?.profileId;
      return !name || people.survivorOf(owner ?? "")?.profile._id === _id
        ? []
        : [`${_id} has ${key} of somebody else`];
    }),
  );
};

/** A name that moved leaves what was told under it before with whom it was told of. */
const newestByHome = (people: People, words: readonly Told[], survivorId?: string): string[] =>
  [...Map.groupBy(words, ({ end }) => end.profileId ?? "")].flatMap(([home, ours]) =>
    people.survivorOf(home)?.profile._id === survivorId
      ? (ours.toSorted(byTime).at(-1)?.token?.value ?? [])
      : [],
  );

const canMove = (kind: GroupKind): boolean => kind === "move" || kind === "erase";

export const isErased = (people: People, { end }: Pick<Told, "end">): boolean =>
  Boolean(people.survivorOf(end.profileId ?? "")?.profile.erasedAt);

const byTime = (one: Told, other: Told): number =>
  one.row.occurredAt.getTime() - other.row.occurredAt.getTime() ||
  (one.row.eventId < other.row.eventId ? -1 : 1);

/** Where nobody was taken apart, who is one person follows from what was told, and from nothing else. */
export const checkUnion = (
  people: People,
  told: readonly Told[],
  workspaceId: string,
): string[] => {
  const union = createUnion();
  const keyOf = (alias: AliasName): string => aliasKey(workspaceId, alias);
  const liveOf = (name: string): string | undefined =>
    people.survivorOf(people.aliases.get(name)?.profileId ?? name)?.profile._id;
  const open: { readonly event: string; readonly one: string; readonly other: string }[] = [];
  const names = new Set<string>();

  for (const { operation, row, end } of told) {
    if (end.state !== "applied") continue;
    const home = end.profileId ?? "";
    const isWhole = end.reason === null || end.reason === "already_same";
    if (operation.kind === "identify" || operation.kind === "import") {
      const [first, second] = operation.names.map(keyOf);
      if (first === undefined) continue;
      for (const name of [first, second]) if (name !== undefined) names.add(name);
      union.join(first, home);
      if (second === undefined || !isWhole) continue;
      if (operation.names[1]?.kind === "anon")
        open.push({ event: row._id, one: first, other: second });
      else union.join(first, second);
    } else if (operation.kind === "follow" || operation.kind === "unfollow") {
      names.add(keyOf(operation.line));
      union.join(keyOf(operation.line), home);
    } else if (operation.kind === "link") {
      names.add(keyOf(operation.line));
      union.join(String(row.body["profileId"]), home);
      if (isWhole) union.join(keyOf(operation.line), home);
    } else if (operation.kind === "merge" && isWhole)
      union.join(String(row.body["from"]), String(row.body["into"]));
  }

  const broken: string[] = [];
  const isKnown = (name: string): boolean =>
    (people.profiles.get(liveOf(name) ?? "")?.externalIds ?? []).length > 0;
  // A device is shared: whether it was taken for the person's depends on whether it was another's by then.
  for (const { event, one, other } of open)
    if (liveOf(one) === liveOf(other)) union.join(one, other);
    else if (!isKnown(one) || !isKnown(other)) broken.push(`${event} joined nobody for no reason`);

  const survivors = new Map<string, string>();
  for (const member of union.members()) {
    const live = liveOf(member);
    const root = union.rootOf(member);
    if (live === undefined) broken.push(`${member} was told and leads nowhere`);
    else if ((survivors.get(root) ?? live) !== live) broken.push(`${member} is not with ${root}`);
    else survivors.set(root, live);
  }
  const isTwice = new Set(survivors.values()).size !== survivors.size;
  if (isTwice) broken.push("two people whom nothing joins are one");
  for (const name of names) if (!people.aliases.has(name)) broken.push(`${name} has no owner`);
  return broken;
};

const createUnion = () => {
  const parents = new Map<string, string>();
  const rootOf = (name: string): string => {
    const parent = parents.get(name);
    if (parent === undefined) parents.set(name, name);
    if (parent === undefined || parent === name) return name;
    const root = rootOf(parent);
    parents.set(name, root);
    return root;
  };
  return {
    rootOf,
    join: (one: string, other: string): void => {
      parents.set(rootOf(one), rootOf(other));
    },
    members: (): string[] => [...parents.keys()],
  };
};

/** Living profiles that no name leads to: whose only LINE ID went to somebody else. */
export const namelessOf = (people: People): number => {
  const named = new Set(
    [...people.aliases.values()].map(({ profileId }) => people.survivorOf(profileId)?.profile._id),
  );
  return living(people).filter(({ _id }) => !named.has(_id)).length;
};
