import type { Store } from "@yubin/store";

import type { Workspaces } from "../domain/workspace.ts";

export const createWorkspaces = ({ workspaces }: Store): Workspaces => ({
  find: async (workspaceId) => {
    const row = await workspaces.findOne({ _id: workspaceId });
    if (!row) return undefined;
    const { _id: id, name, conflictPolicy, undoWindowMs, mergesPerHourMax } = row;
    return { id, name, conflictPolicy, undoWindowMs, mergesPerHourMax };
  },
  set: async (workspaceId, { conflictPolicy, undoWindowMs, mergesPerHourMax }) => {
    const set = {
      ...(conflictPolicy === undefined ? {} : { conflictPolicy }),
      ...(undoWindowMs === undefined ? {} : { undoWindowMs }),
      ...(mergesPerHourMax === undefined ? {} : { mergesPerHourMax }),
    };
    if (Object.keys(set).length > 0)
      await workspaces.updateOne({ _id: workspaceId }, { $set: set });
  },
});
