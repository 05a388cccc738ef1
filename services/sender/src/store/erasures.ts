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
    const messageIds = new Set(row.messageIds);
    return { id: row._id, workspaceId, names, messageIds, requestedAt: row.requestedAt };
  },
  keepMessage: async ({ id, workspaceId }, messageId) => {
    await erasures.updateOne({ _id: id, workspaceId }, { $addToSet: { messageIds: messageId } });
  },
  end: async ({ id, workspaceId }, now) => {
    await erasures.updateOne(
      { _id: id, workspaceId },
      { $set: { "parts.sender": now, messageIds: [] } },
    );
    await erasures.updateOne(
      { _id: id, workspaceId, "parts.identity": { $ne: null } },
      { $set: { state: "done", nextAt: null, lineUserIds: [], refs: [] } },
    );
  },
});
