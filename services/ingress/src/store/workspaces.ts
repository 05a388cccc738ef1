import type { Store } from "@yubin/store";

import type { Workspaces } from "../domain/workspace.ts";

export const createWorkspaces = ({ workspaces }: Store): Workspaces => ({
  find: async (workspaceId) => {
    const row = await workspaces.findOne({ _id: workspaceId });
    if (!row) return undefined;
    const { _id: id, createdAt: _createdAt, ...rest } = row;
    return { id, ...rest };
  },
  set: async (workspaceId, { consentRequired, ...rules }) => {
    const set = Object.fromEntries(
      Object.entries({
        ...rules,
        ...(consentRequired && { consentRequired: [...consentRequired] }),
      }).filter(([, value]) => value !== undefined),
    );
    if (Object.keys(set).length > 0)
      await workspaces.updateOne({ _id: workspaceId }, { $set: set });
  },
});
