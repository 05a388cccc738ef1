import type { ConflictRow, Store } from "@yubin/store";
import { idFrom } from "@yubin/types";

import type { Conflict } from "../domain/conflict.ts";
import type { ConflictFound, MergeStore, PeopleStore } from "../domain/people-store.ts";
import { insertUnordered } from "./insert-unordered.ts";

type Conflicts = Pick<PeopleStore, "findConflicts" | "openConflicts" | "resolveConflicts"> &
  Pick<MergeStore, "closeConflicts">;

/** What people have to decide. */
export const createConflicts = ({ conflicts }: Store): Conflicts => ({
  findConflicts: async (workspaceId, ids) =>
    (await conflicts.find({ _id: { $in: [...ids] }, workspaceId }).toArray()).map(toConflict),
  openConflicts: async (found) => {
    await insertUnordered(conflicts, [
      ...new Map(found.map((one) => [idOf(one), toRow(one)])).values(),
    ]);
    for (const one of found) {
      const { workspaceId, claimantId, proof, holderId, because } = one;
      await conflicts.updateOne(
        {
          _id: idOf(one),
          workspaceId,
          claimants: { $not: { $elemMatch: { profileId: claimantId, proof } } },
        },
        {
          $push: { claimants: claimantOf(one) },
          $set: {
            state: "open",
            holderId,
            because,
            resolvedTo: null,
            resolvedAt: null,
            resolvedBy: null,
          },
        },
      );
    }
  },
  resolveConflicts: async (resolutions, now) => {
    for (const { conflict, to } of resolutions)
      await conflicts.updateOne(
        { _id: conflict.id, workspaceId: conflict.workspaceId },
        { $set: { state: "resolved", resolvedTo: to, resolvedAt: now, resolvedBy: "api" } },
      );
  },
  closeConflicts: async (workspaceId, families, now) => {
    const ids = families.flat();
    if (ids.length === 0) return;
    const rows = await conflicts
      .find({ workspaceId, state: "open", holderId: { $in: ids } })
      .toArray();
    for (const row of rows) {
      const family = families.find((one) => one.includes(row.holderId)) ?? [];
      if (!row.claimants.every(({ profileId }) => family.includes(profileId))) continue;
      await conflicts.updateOne(
        { _id: row._id, workspaceId, state: "open", claimants: { $size: row.claimants.length } },
        {
          $set: {
            state: "resolved",
            resolvedTo: family[0] ?? null,
            resolvedAt: now,
            resolvedBy: "merge",
          },
        },
      );
    }
  },
});

export const lineConflictId = (of: {
  readonly workspaceId: string;
  readonly provider: string;
  readonly lineUserId: string;
}): string => idFrom("conf", of.workspaceId, of.provider, of.lineUserId);

/** One for each LINE ID, or for each two profiles. */
const idOf = ({ workspaceId, lineId, holderId, claimantId }: ConflictFound): string =>
  lineId
    ? lineConflictId({ workspaceId, ...lineId })
    : idFrom("conf", workspaceId, ...[holderId, claimantId].sort());

const claimantOf = ({ claimantId, proof, event }: ConflictFound) => ({
  profileId: claimantId,
  eventRowId: event.id,
  proof,
  at: event.occurredAt,
});

const toRow = (found: ConflictFound): ConflictRow => ({
  _id: idOf(found),
  workspaceId: found.workspaceId,
  kind: found.kind,
  provider: found.lineId?.provider ?? null,
  lineUserId: found.lineId?.lineUserId ?? null,
  because: found.because,
  holderId: found.holderId,
  claimants: [claimantOf(found)],
  state: "open",
  resolvedTo: null,
  resolvedAt: null,
  resolvedBy: null,
  since: found.event.occurredAt,
});

const toConflict = (row: ConflictRow): Conflict => ({
  id: row._id,
  workspaceId: row.workspaceId,
  kind: row.kind,
  lineId:
    row.provider === null || row.lineUserId === null
      ? null
      : { provider: row.provider, lineUserId: row.lineUserId },
  holderId: row.holderId,
  claimantIds: row.claimants.map(({ profileId }) => profileId),
});
