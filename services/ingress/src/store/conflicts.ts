import type { ConflictRow, Store } from "@yubin/store";

import type { Conflict, Conflicts } from "../domain/conflict.ts";

/** Reading what people have to decide. */
export const createConflicts = ({ conflicts, profiles }: Store): Conflicts => ({
  find: async (workspaceId, id) => {
    const row = await conflicts.findOne({ _id: id, workspaceId });
    return row ? toConflict(row) : undefined;
  },
  list: async (workspaceId, { after, limit, state }) => {
    const rows = await conflicts
      .find({ workspaceId, _id: { $gt: after }, ...(state ? { state } : {}) })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return rows.map(toConflict);
  },
  externalIds: async (workspaceId, profileIds) => {
    const rows = await profiles
      .find({ _id: { $in: [...profileIds] }, workspaceId }, { projection: { externalId: 1 } })
      .toArray();
    return new Map(
      rows.flatMap(({ _id, externalId }) => (externalId === null ? [] : [[_id, externalId]])),
    );
  },
});

const toConflict = ({ _id, ...row }: ConflictRow): Conflict => ({ id: _id, ...row });
