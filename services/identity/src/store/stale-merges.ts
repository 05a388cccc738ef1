import type { Store } from "@yubin/store";

import type { SweepMergesDeps } from "../domain/sweep-merges.ts";

const open = ["started", "void"] as const;

/** Merges that were begun and did not come to their end, of all workspaces: the sweeper belongs to none. */
export const createStaleMerges =
  ({ merges }: Store): SweepMergesDeps["findStale"] =>
  async (now, limit) => {
    const rows = await merges
      .find(
        { nextAt: { $lt: now }, state: { $in: [...open] } },
        { projection: { workspaceId: 1 }, limit },
      )
      .toArray();
    return rows.map(({ _id, workspaceId }) => ({ id: _id, workspaceId }));
  };
