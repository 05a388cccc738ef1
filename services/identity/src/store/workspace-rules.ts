import type { Store } from "@yubin/store";
import { limits } from "@yubin/types";

import type { WorkspaceRules } from "../domain/apply-event.ts";
import { createMemory } from "../domain/create-memory.ts";
import { asStoreFailure } from "./as-store-failure.ts";

const forMs = 5_000;
const entriesMax = 1_000;

/** What each workspace wants of merging, remembered for a moment. */
export const createWorkspaceRules = ({ workspaces }: Store) => {
  const remember = createMemory<WorkspaceRules>({
    forMs,
    entriesMax,
    clock: () => performance.now(),
  });
  return (workspaceId: string): Promise<WorkspaceRules> =>
    remember(workspaceId, async () => {
      try {
        const row = await workspaces.findOne({ _id: workspaceId });
        return {
          conflictPolicy: row?.conflictPolicy ?? "hold",
          mergesPerHourMax: row?.mergesPerHourMax ?? limits.mergesPerHourMax,
          undoWindowMs: row?.undoWindowMs ?? limits.undoWindowMs,
        };
      } catch (error) {
        throw asStoreFailure(error);
      }
    });
};
