import { finishSplit, type UndoDeps } from "./finish-split.ts";
import type { Profile } from "./profile.ts";
import { settleMerge } from "./settle-merge.ts";

/**
 * Finishes merging and undoing wherever a profile is in the middle of it, since its process may be gone; true when
 * there was none.
 */
export const finishMarked = async (
  deps: UndoDeps,
  profiles: ReadonlyMap<string, Profile>,
): Promise<boolean> => {
  const marked = [...profiles.values()].filter(
    ({ absorbing, splitting, erasedAt }) =>
      erasedAt === null && absorbing.length + splitting.length > 0,
  );
  for (const { workspaceId, absorbing, splitting } of marked)
    for (const mergeId of [...absorbing, ...splitting]) {
      const merge = await deps.people.findMerge(workspaceId, mergeId);
      if (!merge) continue;
      if (absorbing.includes(mergeId)) await settleMerge(deps, merge);
      else await finishSplit(deps, merge);
    }
  return marked.length === 0;
};
