import type { MergeRow, Store } from "@yubin/store";

import type { Merge, Merges } from "../domain/merge.ts";

/** Reading what merges did. */
export const createMerges = ({ merges }: Store): Merges => ({
  find: async (workspaceId, id) => {
    const row = await merges.findOne({ _id: id, workspaceId });
    return row ? toMerge(row) : undefined;
  },
  findByEvent: async (workspaceId, eventRowId) => {
    const row = await merges.findOne({ eventRowId, workspaceId, state: { $ne: "void" } });
    return row ? toMerge(row) : undefined;
  },
  list: async (workspaceId, { after, limit, profileIds }) => {
    const ids = profileIds && { $in: [...profileIds] };
    const rows = await merges
      .find({
        workspaceId,
        _id: { $gt: after },
        state: { $nin: ["preview", "void"] },
        ...(ids ? { $or: [{ from: ids }, { into: ids }] } : {}),
      })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return rows.map(toMerge);
  },
});

const toMerge = ({ _id, ...row }: MergeRow): Merge => ({ id: _id, ...row });
