import { Failure } from "@yubin/errors";
import { personCommands } from "@yubin/types";

import type { EventEnd, InboxEvent } from "./inbox-event.ts";
import { eraseFamily, type Erasure } from "./erase-family.ts";
import { finishMarked } from "./finish-marked.ts";
import { liveOwner } from "./owner.ts";
import type { ErasureStore, MergeStore, PeopleStore } from "./people-store.ts";
import type { Profile } from "./profile.ts";
import { readFamilies } from "./read-known.ts";

export interface EraseDeps {
  readonly people: ErasureStore & MergeStore & PeopleStore;
  /** Lets the sender remove what messages hold; best effort, its sweeper finds it anyway. */
  readonly tellSender: (workspaceId: string, erasureId: string) => Promise<void>;
  readonly now: () => Date;
  /** For crash tests: called before every write. */
  readonly step?: (name: string) => void | Promise<void>;
}

const roundsMax = 50;

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

  const person = await eraseWhole(deps, event, profileId);
  if (!person) return { event, state: "ignored", reason: "not_found", profileId: null };
  const begun = await people.findErasure(workspaceId, id);
  if (!begun) return { event, state: "ignored", reason: "erased", profileId };

  await forget(deps, { id, workspaceId, profileIds: begun.profileIds });
  await step?.("erase-sender");
  await deps.tellSender(workspaceId, id);
  return { event, state: "applied", reason: null, profileId };
};

/**
 * The person, erased: by this event, or by another before it. What others left half done comes first: whoever an undo has
 * taken out of them already, and not yet given back, is somebody else. Then a mark on the person as they were read says
 * that they are being erased, and only then is their family written down: an undo was there before the mark, and then
 * the mark fails, or comes after it and is blocked.
 */
const eraseWhole = async (
  deps: EraseDeps,
  { id, workspaceId }: InboxEvent,
  profileId: string,
): Promise<Profile | undefined> => {
  const { people, step } = deps;
  for (let round = 0; round < roundsMax; round += 1) {
    const profiles = await readFamilies(people, workspaceId, [profileId]);
    if (!(await finishMarked(deps, profiles))) continue; // this event's own mark as well
    const { profile: person } = liveOwner(profiles, profileId);
    if (!person || person.erasedAt) return person;
    await step?.("erase-mark");
    await people.updateProfiles([{ ...person, erasing: id, version: person.version + 1 }]);
  }
  throw new Failure("internal", "others kept writing about the same person");
};

const forget = async (
  deps: Pick<SweepErasuresDeps, "people" | "now"> & Pick<EraseDeps, "step">,
  { id, workspaceId, profileIds }: Erasure,
): Promise<void> => {
  const { people, step } = deps;
  // Who is merged into them in this very moment belongs to them.
  let family = [...profileIds];
  for (let round = 0; round < roundsMax; round += 1) {
    await eraseFamily(deps, { id, workspaceId, profileIds: family });
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
