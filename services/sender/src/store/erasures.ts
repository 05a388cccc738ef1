import type { Store } from "@yubin/store";

import type { ForgetDeps } from "../domain/forget-person.ts";

export const createErasures = ({ erasures }: Pick<Store, "erasures">): ForgetDeps["erasures"] => ({
  find: async (workspaceId, erasureId) => {
    const row = await erasures.findOne({ _id: erasureId, workspaceId, "parts.sender": null });
    if (!row) return undefined;
    const names = {
      profileIds: new Set(row.profileIds),
      lineUserIds: new Set(row.lineUserIds),
      refs: new Set([...row.refs, ...row.profileIds]),
    };
    return { id: row._id, workspaceId, names, requestedAt: row.requestedAt };
  },
  end: async ({ id, workspaceId }, now) => {
    await erasures.updateOne({ _id: id, workspaceId }, { $set: { "parts.sender": now } });
    await erasures.updateOne(
      { _id: id, workspaceId, "parts.identity": { $ne: null } },
      { $set: { state: "done", nextAt: null, lineUserIds: [], refs: [] } },
    );
  },
});
