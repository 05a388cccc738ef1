import type { ConflictRow, Store } from "@yubin/store";
import { idFrom, linkProofKinds, proofStrength } from "@yubin/types";

import type { Conflict } from "../domain/conflict.ts";
import type { ConflictFound, MergeStore, PeopleStore } from "../domain/people-store.ts";
import { insertUnordered } from "./insert-unordered.ts";

type Conflicts = Pick<
  PeopleStore,
  "findConflicts" | "openConflicts" | "closeUnlinked" | "resolveConflicts"
> &
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
      const { workspaceId, claimantId, proof, event } = one;
      const _id = idOf(one);
      if (one.isDecided) {
        await tellDecided(conflicts, one);
        continue;
      }
      // Nobody decided: the two were one person, and an undo may have told them apart since; or the rule was another.
      await conflicts.updateOne(
        { _id, workspaceId, resolvedBy: { $in: byItself }, resolvedAt: { $lt: event.receivedAt } },
        { $set: stateOf(one) },
      );
      await conflicts.updateOne(
        {
          _id,
          workspaceId,
          claimants: {
            $not: { $elemMatch: { profileId: claimantId, proof: { $in: notWeakerThan(proof) } } },
          },
          [`claimants.${claimantsMax - 1}`]: { $exists: false },
        },
        { $push: { claimants: claimantOf(one) }, $set: stateOf(one) },
      );
    }
  },
  closeUnlinked: async (lineIds, now) => {
    for (const { workspaceId, ...lineId } of lineIds)
      await conflicts.updateOne(
        { _id: lineConflictId({ workspaceId, ...lineId }), workspaceId, state: "open" },
        { $set: { state: "resolved", resolvedTo: null, resolvedAt: now, resolvedBy: "unlink" } },
      );
  },
  resolveConflicts: async (resolutions, now) => {
    for (const { conflict, to, event } of resolutions) {
      const { id: _id, workspaceId, holderId: profileId } = conflict;
      await conflicts.updateOne(
        { _id, workspaceId },
        { $set: { state: "resolved", resolvedTo: to, resolvedAt: now, resolvedBy: "api" } },
      );
      if (to === profileId || conflict.lineId === null) continue;
      const proof = "server_key"; // what the decision stands on: only a better one asks again
      await conflicts.updateOne(
        { _id, workspaceId, claimants: { $not: { $elemMatch: { profileId, proof } } } },
        { $push: { claimants: { profileId, eventRowId: event.id, proof, at: event.occurredAt } } },
      );
    }
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

const byItself = ["merge", "last_proof_wins", "unlink"] as const;

/** Whoever had it or has it can be given it by people; what is told late does not hide what came after. */
const tellDecided = async (conflicts: Store["conflicts"], one: ConflictFound): Promise<void> => {
  const { workspaceId, holderId, claimantId, event } = one;
  const row = { _id: idOf(one), workspaceId };
  const isNewest = [
    { resolvedBy: { $ne: "last_proof_wins" as const } },
    { resolvedAt: { $lte: event.occurredAt } },
  ];
  await conflicts.updateOne({ ...row, $or: isNewest }, { $set: stateOf(one) });
  for (const profileId of [holderId, claimantId])
    await conflicts.updateOne(
      {
        ...row,
        claimants: { $not: { $elemMatch: { profileId } } },
        [`claimants.${claimantsMax - 1}`]: { $exists: false },
      },
      { $push: { claimants: { ...claimantOf(one), profileId } } },
    );
};

type ConflictState = Pick<
  ConflictRow,
  "state" | "holderId" | "because" | "resolvedTo" | "resolvedAt" | "resolvedBy"
>;

const stateOf = ({
  holderId,
  because,
  isDecided,
  claimantId,
  event,
}: ConflictFound): ConflictState =>
  isDecided
    ? {
        state: "resolved",
        holderId,
        because,
        resolvedTo: claimantId,
        resolvedAt: event.occurredAt,
        resolvedBy: "last_proof_wins",
      }
    : { state: "open", holderId, because, resolvedTo: null, resolvedAt: null, resolvedBy: null };

/** People look at a few; one LINE ID that a system sends for everybody would otherwise outgrow its row. */
const claimantsMax = 100;

const notWeakerThan = (proof: string): string[] => {
  const told = linkProofKinds.find((kind) => kind === proof);
  return told === undefined
    ? [proof]
    : linkProofKinds.filter((kind) => proofStrength[kind] >= proofStrength[told]);
};

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
  ...stateOf(found),
  claimants: [claimantOf(found)],
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
