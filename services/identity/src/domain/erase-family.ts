import { findAccount } from "./link-account.ts";
import { accountOfAlias, liveOwner } from "./owner.ts";
import type { ErasureStore, NameOfErased, PeopleStore } from "./people-store.ts";
import { reachOf } from "./profile.ts";
import { readFamilies } from "./read-known.ts";

export interface EraseFamilyDeps {
  readonly people: Pick<PeopleStore, "findProfiles" | "updateProfiles"> &
    Pick<ErasureStore, "findNames" | "openErasure" | "buryNames" | "blankProfiles">;
  readonly now: () => Date;
  /** For crash tests: called before every write. */
  readonly step?: (name: string) => void | Promise<void>;
}

export interface Erasure {
  readonly id: string;
  readonly workspaceId: string;
  readonly profileIds: readonly string[];
}

/**
 * Writes down whom an erasure is about, makes tombstones of their names, and blanks their profiles. In this order: whoever
 * finds a profile erased finds the tombstones too, and what was said before brings nobody back.
 */
export const eraseFamily = async (
  { people, now, step }: EraseFamilyDeps,
  { id, workspaceId, profileIds }: Erasure,
): Promise<void> => {
  // Of before their names are looked up: however late the tombstones are written, nobody who takes a name later is meant.
  const at = now();
  const names = await people.findNames(workspaceId, profileIds);
  await step?.("erase-open");
  await people.openErasure({ id, workspaceId, profileIds, names, requestedAt: at });
  await step?.("erase-tombstones");
  await people.buryNames(workspaceId, names, at);
  await step?.("erase-profiles");
  await people.blankProfiles(workspaceId, profileIds, now());
  for (const name of names) await takeWhatWasComing(people, workspaceId, name);
};

const roundsMax = 20;

/** A LINE ID that was just given to them leaves its account with whoever had it, where no name would lead to it. */
const takeWhatWasComing = async (
  people: EraseFamilyDeps["people"],
  workspaceId: string,
  { kind, value, movedFrom }: NameOfErased,
): Promise<void> => {
  if (movedFrom === null) return;
  for (let round = 0; round < roundsMax; round += 1) {
    const { profile } = liveOwner(await readFamilies(people, workspaceId, [movedFrom]), movedFrom);
    const account = profile && findAccount(profile.lineAccounts, accountOfAlias({ kind, value }));
    if (!profile || !account || profile.erasedAt) return;
    const lineAccounts = profile.lineAccounts.filter((one) => one !== account);
    const next = { ...profile, lineAccounts, ...reachOf(lineAccounts) };
    if (await people.updateProfiles([{ ...next, version: profile.version + 1 }])) return;
  }
};
