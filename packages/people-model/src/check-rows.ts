import type { ProfileRow } from "@yubin/store";

import type { People } from "./people.ts";

/** What must hold of any people, whatever was told of them. */
export const checkRows = (people: People): string[] => [
  ...checkAliases(people),
  ...checkPointers(people),
  ...checkJournals(people),
  ...[...people.events.values()]
    .filter(({ state }) => state === "stored" || state === "quarantined")
    .map(({ _id, state, reason }) => `event ${_id} is ${state} ${reason ?? ""}`),
];

const checkAliases = (people: People): string[] => {
  const namesOf = new Map<string, { users: string[]; lines: string[] }>();
  const broken: string[] = [];
  for (const { _id, kind, value, profileId, movedFrom } of people.aliases.values()) {
    const found = people.survivorOf(profileId);
    if (!found) broken.push(`alias ${_id} leads nowhere`);
    else if (found.profile.erasedAt) broken.push(`alias ${_id} leads to somebody who was erased`);
    if (movedFrom !== null && movedFrom !== undefined) broken.push(`alias ${_id} is still moving`);
    const id = found?.profile._id ?? "";
    const names = namesOf.get(id) ?? { users: [], lines: [] };
    namesOf.set(id, names);
    if (kind === "user") names.users.push(value);
    if (kind.startsWith("line/")) names.lines.push(value);
  }
  for (const profile of living(people)) {
    const { users, lines } = namesOf.get(profile._id) ?? { users: [], lines: [] };
    const accounts = profile.lineAccounts.map(({ lineUserId }) => lineUserId);
    const externalIds = profile.externalIds ?? [];
    if (!isSame(users, externalIds))
      broken.push(`${profile._id} says external ids ${externalIds.join()} and has ${users.join()}`);
    if (!isSame(lines, accounts))
      broken.push(`${profile._id} says LINE IDs ${accounts.join()} and has ${lines.join()}`);
    if (profile.externalId !== null && !externalIds.includes(profile.externalId))
      broken.push(`${profile._id} shows an external id that is not its own`);
    if (profile.externalId === null && externalIds.length > 0)
      broken.push(`${profile._id} shows none of its external ids`);
    if (!isSame(friendsOf(profile), profile.friendOf))
      broken.push(`${profile._id}: friendOf is not derived`);
  }
  return broken;
};

const checkPointers = (people: People): string[] => {
  const homes = new Set([...people.aliases.values()].map(({ profileId }) => profileId));
  const family = new Map<string, string[]>();
  const broken: string[] = [];
  for (const { _id, mergedInto, mergeId, erasedAt } of people.profiles.values()) {
    if (mergedInto === null) continue;
    // An id that was never anybody: nothing may lead there.
    if (!mergeId && !erasedAt) {
      if (homes.has(_id)) broken.push(`${_id} was never anybody and has a name`);
      continue;
    }
    const found = people.survivorOf(_id);
    if (!found) broken.push(`${_id} is in a circle, or leads nowhere`);
    else if (found.hops > 1) broken.push(`${_id} is ${found.hops} merges away from its survivor`);
    if (found && found.profile._id > _id && found.profile.mergedInto !== null)
      broken.push(`${_id} is merged against the order`);
    if (found && !erasedAt)
      family.set(found.profile._id, [...(family.get(found.profile._id) ?? []), _id]);
  }
  for (const { _id, mergedFrom, absorbing = [], splitting = [], erasing } of living(people)) {
    if (!isSame(family.get(_id) ?? [], mergedFrom))
      broken.push(`${_id} lists ${mergedFrom.join()} and has ${(family.get(_id) ?? []).join()}`);
    if (absorbing.length + splitting.length > 0 || erasing)
      broken.push(`${_id} still bears a mark`);
  }
  return broken;
};

/** Who is merged according to the journals and who is according to the pointers. */
const checkJournals = (people: People): string[] => {
  const broken: string[] = [];
  const done = new Map<string, string>();
  for (const { _id, state, from, into } of people.merges) {
    if (state !== "done" && state !== "undone" && state !== "void")
      broken.push(`merge ${_id} is ${state}`);
    if (state !== "done") continue;
    done.set(_id, from);
    const [loser, survivor] = [people.survivorOf(from), people.survivorOf(into)];
    if (!loser || loser.profile._id !== survivor?.profile._id)
      broken.push(`merge ${_id} is done and its sides are apart`);
    if (people.profiles.get(from)?.mergeId !== _id)
      broken.push(`merge ${_id} is done and its loser knows of another`);
  }
  for (const { _id, mergedInto, mergeId } of people.profiles.values())
    if (mergedInto !== null && mergeId && done.get(mergeId) !== _id)
      broken.push(`${_id} is merged by ${mergeId}, which is not done`);
  return broken;
};

export const living = ({ profiles }: Pick<People, "profiles">): ProfileRow[] =>
  [...profiles.values()].filter(({ mergedInto, erasedAt }) => mergedInto === null && !erasedAt);

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  JSON.stringify(one.toSorted()) === JSON.stringify(other.toSorted());

const friendsOf = ({ lineAccounts }: ProfileRow): string[] => [
  ...new Set(
    lineAccounts.flatMap(({ friendship }) =>
      Object.entries(friendship).flatMap(([id, { state }]) => (state === "following" ? [id] : [])),
    ),
  ),
];
