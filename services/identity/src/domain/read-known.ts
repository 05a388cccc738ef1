import { aliasKey, lineAlias, personCommands, trackFacts } from "@yubin/types";

import { commandAliasKeys } from "./apply-command.ts";
import { emailAlias, namesOf } from "./apply-identify.ts";
import type { Conflict } from "./conflict.ts";
import type { InboxEvent } from "./inbox-event.ts";
import type { AliasHeld, Known } from "./owner.ts";
import type { PeopleStore } from "./people-store.ts";
import type { Profile } from "./profile.ts";
import { readIdentify } from "./read-identify.ts";

export type Providers = ReadonlyMap<string, string>;

/** What is known of everybody whom some events name. */
export interface Situation extends Known {
  readonly conflicts: ReadonlyMap<string, Conflict>;
  /** Alias keys of people who were erased, and when. */
  readonly erased: ReadonlyMap<string, Date>;
}

/**
 * Reads everybody whom the events name, with those whom merges and moves lead to: a few reads for any number of events.
 * Names are looked at once more after the people: one that changed hands in between would lead to somebody who has lost
 * the account already. Tombstones come last, as they are written before anything of a person is taken away.
 */
export const readKnown = async (
  people: PeopleStore,
  events: readonly InboxEvent[],
  providers: Providers,
): Promise<Situation> => {
  const workspaceId = events[0]?.workspaceId ?? "";
  const keys = [...new Set(events.flatMap((event) => [...aliasKeysOf(event, providers)]))];
  const conflicts = await readConflicts(people, workspaceId, events);
  // Whom LINE IDs in dispute belong to by now.
  const disputed = [...conflicts.values()].flatMap(({ lineId }) =>
    lineId ? [aliasKey(workspaceId, lineAlias(lineId.provider, lineId.lineUserId))] : [],
  );
  const allKeys = [...keys, ...disputed];
  const asked = [
    ...events.flatMap((event) => profileIdsOf(event)),
    ...[...conflicts.values()].flatMap(({ holderId, claimantIds }) => [holderId, ...claimantIds]),
  ];
  let aliases = await people.findAliases(workspaceId, allKeys);
  for (;;) {
    const owners = [...aliases.values()].flatMap(({ homeId, movedFrom, formerHomes }) => [
      homeId,
      movedFrom ?? homeId,
      ...formerHomes,
    ]);
    const profiles = await readFamilies(people, workspaceId, [...owners, ...asked]);
    const [again, erased] = await Promise.all([
      people.findAliases(workspaceId, allKeys),
      people.findErased(workspaceId, keys),
    ]);
    if (areSame(aliases, again)) return { aliases, erased, conflicts, profiles };
    aliases = again;
  }
};

const readConflicts = async (
  people: PeopleStore,
  workspaceId: string,
  events: readonly InboxEvent[],
): Promise<Map<string, Conflict>> => {
  const ids = events.flatMap((event) => fieldsOf(event, "resolve", ["conflictId"]));
  const found = ids.length === 0 ? [] : await people.findConflicts(workspaceId, ids);
  return new Map(found.map((conflict) => [conflict.id, conflict]));
};

const areSame = (
  one: ReadonlyMap<string, AliasHeld>,
  other: ReadonlyMap<string, AliasHeld>,
): boolean =>
  one.size === other.size &&
  [...one].every(([key, { homeId, movedFrom }]) => {
    const held = other.get(key);
    return held?.homeId === homeId && held.movedFrom === movedFrom;
  });

/**
 * The profiles of these ids, and every one that a merged one leads to. A merge or an undo between two of the reads is
 * seen by a survivor that knows nothing of its loser: both are read again.
 */
export const readFamilies = async (
  people: Pick<PeopleStore, "findProfiles">,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, Profile>> => {
  const profiles = new Map<string, Profile>();
  let missing = new Set(ids);
  for (let torn = 0; missing.size > 0 && torn < tornMax;) {
    const found = await people.findProfiles(workspaceId, [...missing]);
    for (const profile of found) profiles.set(profile.id, profile);
    const survivors = found.flatMap(({ mergedInto }) => (mergedInto === null ? [] : [mergedInto]));
    missing = new Set(survivors.filter((id) => !profiles.has(id)));
    if (missing.size > 0) continue;
    missing = new Set(tornIn(profiles));
    torn += 1;
  }
  return profiles;
};

/** Each read of both sides is of one moment later; no merge lasts for so many. */
const tornMax = 100;

/** A survivor bears a mark from before the merge until it has absorbed the loser, and again while an undo is under way. */
const tornIn = (profiles: ReadonlyMap<string, Profile>): string[] =>
  [...profiles.values()].flatMap(({ id, mergedInto, mergeId, erasedAt }) => {
    const survivor = mergedInto === null ? undefined : profiles.get(mergedInto);
    if (!survivor || mergeId === null || erasedAt !== null || survivor.erasedAt !== null) return [];
    const { mergedFrom, absorbing, splitting } = survivor;
    const knowsIt = [...absorbing, ...splitting].includes(mergeId) || mergedFrom.includes(id);
    return knowsIt ? [] : [id, survivor.id];
  });

/** The names in an event by which people are found. */
export const aliasKeysOf = (event: InboxEvent, providers: Providers): Set<string> => {
  const { workspaceId, channelId, lineUserId, source, type } = event;
  const keyOf = (alias: Parameters<typeof aliasKey>[1]): string => aliasKey(workspaceId, alias);
  if (source === "line") {
    const provider = providers.get(channelId ?? "");
    if (provider === undefined || lineUserId === null) return new Set();
    return new Set([keyOf(lineAlias(provider, lineUserId))]);
  }
  if (source === "api") {
    const command = type === "link" || type === "unlink" ? personCommands[type] : undefined;
    const parsed = command?.safeParse(event.body);
    return parsed?.success
      ? new Set([keyOf(lineAlias(parsed.data.provider, parsed.data.lineUserId))])
      : new Set(commandAliasKeys(event));
  }
  if (type === "alias") {
    const parsed = trackFacts.alias.safeParse(event.body);
    if (!parsed.success) return new Set();
    const { previousId, userId } = parsed.data;
    return new Set([
      keyOf({ kind: "user", value: userId }),
      keyOf({ kind: "user", value: previousId }),
      keyOf({ kind: "anon", value: previousId }),
    ]);
  }
  const call = readIdentify(event);
  if (!call) return new Set();
  const email = emailAlias(call);
  return new Set([...namesOf(call.names).values(), ...(email ? [email] : [])].map(keyOf));
};

/** Commands name people by id. */
const profileIdsOf = (event: InboxEvent): string[] =>
  event.source === "api"
    ? ["profileId", "from", "into", "to"].flatMap((field) => textIn(event.body[field]))
    : [];

const fieldsOf = (event: InboxEvent, type: string, fields: readonly string[]): string[] =>
  event.source === "api" && event.type === type
    ? fields.flatMap((field) => textIn(event.body[field]))
    : [];

const textIn = (value: unknown): string[] => (typeof value === "string" ? [value] : []);
