import type { MergeStore, PeopleStore, UndoableMerge } from "./people-store.ts";

export interface UndoDeps {
  readonly people: PeopleStore & MergeStore;
  readonly now: () => Date;
  /** For crash tests: called before every write. */
  readonly step?: (name: string) => void | Promise<void>;
}

const roundsMax = 50;

/** Gives the loser its life back, and those it had absorbed their way to it; every step may be repeated. */
export const finishSplit = async (deps: UndoDeps, merge: UndoableMerge): Promise<void> => {
  const { people, now, step } = deps;
  const { workspaceId, loserAfter } = merge;
  if (merge.state !== "undoing") return; // ended by somebody faster, who has cleared the journal
  const [before] = await people.findProfiles(workspaceId, [merge.from]);
  // An erasure of the survivor clears the journal; it is needed for one that is not given back yet.
  const loser = before?.mergeId === merge.id ? loserAfter : before;
  if (!loser) throw new Error("an undo that was begun has lost the profile to give back");
  await step?.("undo-restore");
  await people.restoreLoser(merge, loser);
  await step?.("undo-point");
  for (const id of loser.mergedFrom) await pointBack(deps, merge, id);
  await step?.("undo-join");
  await endSplitting(deps, merge);
  await step?.("undo-end");
  await people.endUndo(merge, now());
};

/**
 * Its version grows even where nothing else changes: whoever still thinks of the merge comes too late. Whose it is, is
 * looked up after the pointer was read: whoever is slower than a later merge, or a later undo, changes nothing.
 */
const pointBack = async (
  { people }: UndoDeps,
  { workspaceId, from }: UndoableMerge,
  id: string,
): Promise<void> => {
  for (let round = 0; round < roundsMax; round += 1) {
    const [pointer] = await people.findProfiles(workspaceId, [id]);
    const [loser] = await people.findProfiles(workspaceId, [from]);
    const isTheirs = loser?.mergedInto === null && loser.mergedFrom.includes(id);
    if (!pointer || pointer.mergedInto === null || !isTheirs) return;
    if (await people.point(pointer, from)) return;
  }
};

const endSplitting = async (
  { people }: UndoDeps,
  { workspaceId, id, into }: UndoableMerge,
): Promise<void> => {
  for (let round = 0; round < roundsMax; round += 1) {
    const [survivor] = await people.findProfiles(workspaceId, [into]);
    if (!survivor?.splitting.includes(id)) return;
    const splitting = survivor.splitting.filter((one) => one !== id);
    const next = { ...survivor, splitting, version: survivor.version + 1 };
    if (await people.updateProfiles([next])) return;
  }
};
