import { absorb } from "./absorb.ts";
import { rateAfter } from "./hold-merge.ts";
import { liveOwner } from "./owner.ts";
import type { Merge } from "./merge.ts";
import type { MergeStore, PeopleStore } from "./people-store.ts";
import { familyOf, reachOf, type Profile } from "./profile.ts";
import { readFamilies } from "./read-known.ts";

type Store = MergeStore & Pick<PeopleStore, "findProfiles" | "updateProfiles" | "keepSurvivors">;

export interface SettleDeps {
  readonly people: Store;
  readonly now: () => Date;
  /** For crash tests: called before every write. */
  readonly step?: (name: string) => void | Promise<void>;
}

/** So long a process may take from a merge's journal to its mark on the survivor; then the journal stands for nothing. */
const patienceMs = 60_000;
const roundsMax = 50;

/**
 * Brings merges to their end: the survivor has what the loser was, older pointers lead straight to it, the journal is
 * closed. One that was decided and not made is made, unless the loser has changed since.
 */
export const settleMerges = async (
  deps: SettleDeps,
  workspaceId: string,
  mergeIds: readonly string[],
): Promise<void> => {
  const { people, now } = deps;
  const merges = await people.findOpenMerges(workspaceId, mergeIds);
  if (merges.length === 0) return;
  const profiles = await readFamilies(
    people,
    workspaceId,
    merges.flatMap(({ from, into }) => [from, into]),
  );
  const ended = merges.filter((merge) => isSettled(merge, profiles));
  if (ended.length > 0) await deps.step?.("settle-end");
  await people.endMerges(ended, now());
  const families = ended.flatMap(({ from }) => liveOwner(profiles, from).profile ?? []);
  await people.closeConflicts(workspaceId, families.map(familyOf), now());
  for (const merge of merges) if (!ended.includes(merge)) await settleMerge(deps, merge);
};

/** What is nearly always true: the survivor has the loser, and nothing else was merged into that. */
const isSettled = ({ id, from, into }: Merge, profiles: ReadonlyMap<string, Profile>): boolean => {
  const [loser, survivor] = [profiles.get(from), profiles.get(into)];
  return (
    loser?.mergeId === id &&
    loser.mergedFrom.length === 0 &&
    survivor?.mergedFrom.includes(from) === true &&
    !survivor.absorbing.includes(id)
  );
};

/** Brings one merge to its end, or finds that it came to nothing. */
export const settleMerge = async (deps: SettleDeps, merge: Merge): Promise<void> => {
  const { people, now } = deps;
  for (let round = 0; round < roundsMax; round += 1) {
    const [loser, survivor] = await findSides(people, merge);
    if (!loser || !survivor) return await people.voidMerges([merge]);
    if (loser.mergeId === merge.id) {
      if (!(await absorbLoser(deps, { merge, loser, survivor }))) continue;
      for (const id of loser.mergedFrom) {
        await deps.step?.("settle-point");
        await pointStraight(people, { merge, id });
      }
      await deps.step?.("settle-end");
      await people.endMerges([merge], now());
      return await people.closeConflicts(merge.workspaceId, [familyOf(survivor)], now());
    }
    if (!survivor.absorbing.includes(merge.id)) {
      const isOld = merge.startedAt.getTime() < now().getTime() - patienceMs;
      return isOld ? await people.voidMerges([merge]) : undefined;
    }
    if (loser.mergedInto === null && loser.version === merge.loserVersion) {
      const { id: mergeId, into: mergedInto, lendsExternalId } = merge;
      const merged = { ...loser, mergedInto, mergeId, lendsExternalId };
      await people.updateProfiles([{ ...merged, version: loser.version + 1 }]);
    } else await unmark(people, merge, survivor);
  }
  throw new Error("others kept writing about the two sides of a merge");
};

const findSides = async (
  people: Store,
  { workspaceId, from, into }: Merge,
): Promise<[Profile | undefined, Profile | undefined]> => {
  const found = await people.findProfiles(workspaceId, [from, into]);
  return [found.find(({ id }) => id === from), found.find(({ id }) => id === into)];
};

interface Sides {
  readonly merge: Merge;
  readonly loser: Profile;
  readonly survivor: Profile;
}

/** True when the survivor has the loser and bears no mark of it. */
const absorbLoser = async (
  { people, now, step }: SettleDeps,
  { merge, loser, survivor }: Sides,
): Promise<boolean> => {
  if (survivor.erasedAt || survivor.mergedInto !== null) return true;
  const isMarked = survivor.absorbing.includes(merge.id);
  const hasIt = survivor.mergedFrom.includes(loser.id);
  if (hasIt && !isMarked) return true;
  // Taken out again by an undo, it needs nothing more; else the two were read at two moments, and are read again.
  if (!hasIt && !isMarked) return survivor.splitting.includes(merge.id);
  const { profile, values } = hasIt ? { profile: survivor, values: [] } : absorb(survivor, loser);
  if (!hasIt)
    await people.keepSurvivors([
      { mergeId: merge.id, workspaceId: merge.workspaceId, survivor, values },
    ]);
  await step?.("settle-update");
  return await people.updateProfiles([
    {
      ...profile,
      ...reachOf(profile.lineAccounts),
      mergeRate: hasIt ? survivor.mergeRate : rateAfter(survivor, loser, merge),
      absorbing: survivor.absorbing.filter((id) => id !== merge.id),
      version: survivor.version + 1,
      updatedAt: now(),
    },
  ]);
};

/** The loser changed before it was merged, so nothing that was decided holds. */
const unmark = async (people: Store, merge: Merge, survivor: Profile): Promise<void> => {
  const absorbing = survivor.absorbing.filter((id) => id !== merge.id);
  await people.updateProfiles([{ ...survivor, absorbing, version: survivor.version + 1 }]);
};

/**
 * Where the loser leads is looked up after the pointer was read, and the pointer is written by its version: whoever is
 * slower than an undo, or than a later merge, changes nothing.
 */
const pointStraight = async (
  people: Store,
  { merge: { workspaceId, from }, id }: { merge: Merge; id: string },
): Promise<void> => {
  for (let round = 0; round < roundsMax; round += 1) {
    const [pointer] = await people.findProfiles(workspaceId, [id]);
    const profiles = await readFamilies(people, workspaceId, [from]);
    const { profileId } = liveOwner(profiles, from);
    if (!pointer || pointer.mergedInto === null || pointer.mergedInto === profileId) return;
    if (profileId === id || (await people.point(pointer, profileId))) return;
  }
};
