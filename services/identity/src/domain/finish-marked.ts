import { eraseFamily, type EraseFamilyDeps } from "./erase-family.ts";
import { finishSplit, type UndoDeps } from "./finish-split.ts";
import { familyOf, type Profile } from "./profile.ts";
import { settleMerge } from "./settle-merge.ts";

export type FinishDeps = UndoDeps & EraseFamilyDeps;

/**
 * Finishes merging, undoing and erasing wherever a profile is in the middle of it, since its process may be gone; true
 * when there was none.
 */
export const finishMarked = async (
  deps: FinishDeps,
  profiles: ReadonlyMap<string, Profile>,
): Promise<boolean> => {
  const marked = [...profiles.values()].filter(
    ({ absorbing, splitting, erasing, erasedAt }) =>
      erasedAt === null && (erasing !== null || absorbing.length + splitting.length > 0),
  );
  for (const profile of marked) {
    const { workspaceId, absorbing, splitting, erasing } = profile;
    if (erasing !== null)
      await eraseFamily(deps, { id: erasing, workspaceId, profileIds: familyOf(profile) });
    for (const mergeId of [...absorbing, ...splitting]) {
      const merge = await deps.people.findMerge(workspaceId, mergeId);
      if (!merge) continue;
      if (absorbing.includes(mergeId)) await settleMerge(deps, merge);
      else await finishSplit(deps, merge);
    }
  }
  return marked.length === 0;
};
