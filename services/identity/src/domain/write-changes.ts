import type { Changes } from "./changes.ts";
import type { NameWanted } from "./fetch-name.ts";
import type { EventEnd, InboxEvent } from "./inbox-event.ts";
import type { MergeStore, PeopleStore } from "./people-store.ts";
import { settleMerges } from "./settle-merge.ts";

export interface WriteDeps {
  readonly people: PeopleStore & MergeStore;
  readonly now: () => Date;
  /** Told of events that were applied and have no end yet: what they prove must be stored by then. */
  readonly proveLinks?: (events: readonly InboxEvent[]) => Promise<void>;
  /** For crash tests: called before every write. */
  readonly step?: (name: string) => void | Promise<void>;
}

/** What came of some events. */
export interface Effects {
  readonly ends: readonly EventEnd[];
  readonly names: readonly NameWanted[];
}

/**
 * False as soon as anybody else was faster; then nothing later is written, and what was stays valid. Aliases come
 * before their profiles: whoever finds one without the other makes the profile. A merge has its journal first, then a
 * mark on the survivor, as both must still be what was decided about; then the loser leads to the survivor, which is
 * the merge, and the survivor gets what the loser was.
 */
export const writeChanges = async (
  { people, step }: WriteDeps,
  changes: Changes,
): Promise<boolean> => {
  const {
    drops,
    claims,
    redirects,
    repoints,
    proofs,
    inserts,
    journals,
    reserved,
    commits,
    survivors,
    updates,
    departures,
  } = changes;
  const done = (work: Promise<void>): Promise<boolean> => work.then(() => true);
  const steps: [string, number, () => Promise<boolean>][] = [
    ["drop", drops.length, () => done(people.drop(drops))],
    ["claim", claims.length, () => people.claim(claims)],
    ["redirect", redirects.length, () => people.insertProfiles(redirects)],
    ["repoint", repoints.length, () => people.repoint(repoints)],
    ["proof", proofs.length, () => done(people.prove(proofs))],
    ["insert", inserts.length, () => people.insertProfiles(inserts)],
    ["journal", journals.length, () => done(people.openMerges(journals))],
    ["reserve", reserved.length, () => people.reserveSurvivors(reserved)],
    ["merge", commits.length, () => people.updateProfiles(commits)],
    ["survivor", survivors.length, () => done(people.keepSurvivors(survivors))],
    ["update", updates.length, () => people.updateProfiles(updates)],
    ["depart", departures.length, () => people.updateProfiles(departures)],
  ];
  for (const [name, size, run] of steps) {
    if (size === 0) continue;
    await step?.(name);
    if (!(await run())) return false;
  }
  return true;
};

/** Merges that were begun in an earlier round may have been made in it. */
export const finishChanges = async (
  deps: WriteDeps,
  changes: Changes,
  begun: readonly string[],
): Promise<Effects> => {
  const { people, now, step, proveLinks } = deps;
  const { traces, ends, names, moves, conflicts, unlinked, resolutions, survivors } = changes;
  const workspaceId = ends[0]?.event.workspaceId ?? survivors[0]?.workspaceId ?? "";
  const mergeIds = [...survivors.map(({ mergeId }) => mergeId), ...begun];
  if (mergeIds.length > 0) {
    await step?.("settle");
    await settleMerges(deps, workspaceId, mergeIds);
  }
  // Before a move is over, as whoever finds one that is not tells of it again.
  if (conflicts.length > 0) {
    await step?.("conflict");
    await people.openConflicts(conflicts);
  }
  if (unlinked.length > 0) {
    await step?.("unlinked");
    await people.closeUnlinked(unlinked, now());
  }
  if (moves.length > 0) {
    await step?.("moved");
    await people.endMoves(moves);
  }
  if (resolutions.length > 0) {
    await step?.("resolve");
    await people.resolveConflicts(resolutions, now());
  }
  if (traces.length > 0) {
    await step?.("trace");
    const unsent = await people.traceMessages(traces);
    await step?.("purge");
    await people.purge(traces[0]?.workspaceId ?? "", unsent, now());
  }
  if (proveLinks) {
    await step?.("prove");
    await proveLinks(ends.flatMap(({ event, state }) => (state === "applied" ? [event] : [])));
  }
  await step?.("end");
  await people.end(ends, now());
  return { ends, names };
};
