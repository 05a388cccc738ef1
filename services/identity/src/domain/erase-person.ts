import { Failure } from "@yubin/errors";
import { personCommands } from "@yubin/types";

import type { EventEnd, InboxEvent } from "./inbox-event.ts";
import { findAccount } from "./link-account.ts";
import { accountOfAlias, liveOwner } from "./owner.ts";
import { finishMarked } from "./finish-marked.ts";
import type { ErasureStore, MergeStore, NameOfErased, PeopleStore } from "./people-store.ts";
import { familyOf, reachOf, type Profile } from "./profile.ts";
import { readFamilies } from "./read-known.ts";

export interface EraseDeps {
  readonly people: ErasureStore & MergeStore & PeopleStore;
  /** Lets the sender remove what messages hold; best effort, its sweeper finds it anyway. */
  readonly tellSender: (workspaceId: string, erasureId: string) => Promise<void>;
  readonly now: () => Date;
  /** For crash tests: called before every write. */
  readonly step?: (name: string) => void | Promise<void>;
}

const roundsMax = 20;

/**
 * Forgets a person: names become tombstones, the profile an empty row, and everything that was said by them or of them
 * goes. That it happened stays, so that counts do. Every step may be repeated.
 */
export const erasePerson = async (deps: EraseDeps, event: InboxEvent): Promise<EventEnd> => {
  const { people, step } = deps;
  const { workspaceId, id } = event;
  const parsed = personCommands.erase.safeParse(event.body);
  if (!parsed.success)
    return { event, state: "quarantined", reason: "event_shape", profileId: null };
  const { profileId } = parsed.data;

  const begun = await people.findErasure(workspaceId, id);
  const person = await findWhole(deps, workspaceId, profileId);
  if (!person) return { event, state: "ignored", reason: "not_found", profileId: null };
  if (person.erasedAt && !begun) return { event, state: "ignored", reason: "erased", profileId };

  const profileIds = [...new Set([...(begun?.profileIds ?? []), ...familyOf(person)])];
  await forget(deps, { id, workspaceId, profileIds });
  await step?.("erase-sender");
  await deps.tellSender(workspaceId, id);
  return { event, state: "applied", reason: null, profileId };
};

/**
 * The person, after what others left half done is: whoever an undo has taken out of them already, and not yet given back,
 * is somebody else.
 */
const findWhole = async (
  deps: EraseDeps,
  workspaceId: string,
  profileId: string,
): Promise<Profile | undefined> => {
  for (let round = 0; round < roundsMax; round += 1) {
    const profiles = await readFamilies(deps.people, workspaceId, [profileId]);
    if (await finishMarked(deps, profiles)) return liveOwner(profiles, profileId).profile;
  }
  throw new Failure("internal", "others kept writing about the same person");
};

interface Erasure {
  readonly id: string;
  readonly workspaceId: string;
  readonly profileIds: readonly string[];
}

const forget = async (
  { people, now, step }: Pick<SweepErasuresDeps, "people" | "now"> & Pick<EraseDeps, "step">,
  { id, workspaceId, profileIds }: Erasure,
): Promise<void> => {
  // Who is merged into them in this very moment belongs to them.
  let family = [...profileIds];
  for (let round = 0; round < roundsMax; round += 1) {
    const names = await people.findNames(workspaceId, family);
    await step?.("erase-open");
    await people.openErasure({ id, workspaceId, profileIds: family, names, requestedAt: now() });
    await step?.("erase-tombstones");
    await people.buryNames(workspaceId, names, now());
    await step?.("erase-profiles");
    await people.blankProfiles(workspaceId, family, now());
    for (const name of names) await takeWhatWasComing(people, workspaceId, name);
    await step?.("erase-names");
    await people.dropNames(workspaceId, family);
    const joined = await people.findAbsorbed(workspaceId, family);
    const isWhole =
      joined.length === 0 && (await people.findNames(workspaceId, family)).length === 0;
    if (isWhole) break;
    family = [...new Set([...family, ...joined])];
  }
  await step?.("erase-traces");
  await people.dropTraces(workspaceId, id);
};

/** A LINE ID that was just given to them leaves its account with whoever had it, where no name would lead to it. */
const takeWhatWasComing = async (
  people: EraseDeps["people"],
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

export interface SweepErasuresDeps {
  readonly people: EraseDeps["people"];
  readonly tellSender: EraseDeps["tellSender"];
  readonly now: () => Date;
}

const atOnceMax = 100;

/**
 * Looks a second time, for what was just being written while the person was erased: names that were claimed, somebody who
 * was merged into them, events. The sender is reminded for as long as it has not done its part. Says for how many.
 */
export const sweepErasures = async (deps: SweepErasuresDeps): Promise<number> => {
  const { people, now, tellSender } = deps;
  for (let count = 0; count < atOnceMax; count += 1) {
    const open = await people.takeOpenErasure(now());
    if (!open) return count;
    const { workspaceId, id, ended } = open;
    if (!ended.identity) await forget(deps, open);
    await people.endErasurePart(workspaceId, id, now());
    if (!ended.sender) await tellSender(workspaceId, id);
  }
  return atOnceMax;
};
