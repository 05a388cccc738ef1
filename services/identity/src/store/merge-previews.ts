import { upserting, type MergeRow, type Store } from "@yubin/store";

import type { MergePreview } from "../domain/people-store.ts";
import { asStoreFailure } from "./as-store-failure.ts";
import { toProfileRow } from "./people-rows.ts";

/** As long as somebody may look at it and make up their mind. */
const keptMs = 3_600_000;

/** Previews lie among the merges, which they are read like. */
export const createKeepPreview =
  ({ merges }: Store) =>
  async ({ id, workspaceId, survivor, loser, at, values, ...preview }: MergePreview) => {
    const row: Omit<MergeRow, "_id"> = {
      workspaceId,
      eventRowId: preview.eventRowId,
      askedBy: "preview",
      from: loser.id,
      into: survivor.id,
      state: "preview",
      loserVersion: loser.version,
      lendsExternalId: preview.lendsExternalId,
      loserBefore: toProfileRow(loser),
      survivorBefore: toProfileRow(survivor),
      survivorVersion: survivor.version,
      values: [...values],
      undoUntil: at,
      startedAt: at,
      doneAt: null,
      undoneAt: null,
      nextAt: null,
      expireAt: new Date(at.getTime() + keptMs),
    };
    try {
      await upserting(() =>
        merges.updateOne({ _id: id, workspaceId }, { $setOnInsert: row }, { upsert: true }),
      );
    } catch (error) {
      throw asStoreFailure(error);
    }
  };
