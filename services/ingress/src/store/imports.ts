import { upserting, type ImportRow, type Store } from "@yubin/store";
import { limits } from "@yubin/types";

import type { Import, Imports } from "../domain/import.ts";
import { countOutcomes } from "./import-outcomes.ts";
import { findImportRows } from "./import-row-results.ts";

export const createImports = (store: Store): Imports => {
  const rows = store.imports;
  return {
    open: async ({ id, workspaceId, format, createdAt }) => {
      const row = await upserting(() =>
        rows.findOneAndUpdate(
          { _id: id, workspaceId },
          { $setOnInsert: newRow({ format, createdAt }) },
          { upsert: true, returnDocument: "after" },
        ),
      );
      if (!row) throw new Error("an import vanished while it was made");
      return toImport(row);
    },
    find: async (workspaceId, importId, now) => {
      const row = await rows.findOne({ _id: importId, workspaceId });
      return row ? toImport(await countOutcomes(store, row, now)) : undefined;
    },
    list: async (workspaceId, { after, limit }) =>
      (
        await rows
          .find({ workspaceId, _id: { $gt: after } }, { projection: { problems: 0 } })
          .sort({ _id: 1 })
          .limit(limit)
          .toArray()
      ).map(toImport),
    take: async (known, { upTo, accepted, problems }) => {
      const row = await rows.findOneAndUpdate(
        receiving(known),
        {
          $set: { rows: upTo },
          $inc: { accepted, refused: problems.length },
          ...keptOf(known, problems),
        },
        { returnDocument: "after", projection: { problems: 0 } },
      );
      return row ? toImport(row) : undefined;
    },
    end: async (known, { state, reason, at }) => {
      const row = await rows.findOneAndUpdate(
        receiving(known),
        { $set: { state, reason, [state === "applying" ? "receivedAt" : "endedAt"]: at } },
        { returnDocument: "after", projection: { problems: 0 } },
      );
      return row ? toImport(row) : undefined;
    },
    rows: (known, page) => findImportRows(store, known, page),
  };
};

const receiving = ({ id, workspaceId, rows }: Import) => ({
  _id: id,
  workspaceId,
  state: "receiving" as const,
  rows,
});

/** All are counted, and the first of them kept. */
const keptOf = ({ refused }: Import, problems: readonly ImportRow["problems"][number][]) => {
  const kept = problems.slice(0, Math.max(0, limits.importProblemsMax - refused));
  return kept.length > 0 ? { $push: { problems: { $each: kept } } } : {};
};

const newRow = ({ format, createdAt }: Pick<Import, "format" | "createdAt">) => ({
  format,
  state: "receiving" as const,
  reason: null,
  rows: 0,
  accepted: 0,
  refused: 0,
  problems: [],
  counted: 0,
  applied: 0,
  ignored: 0,
  quarantined: 0,
  reasons: {},
  createdAt,
  receivedAt: null,
  endedAt: null,
  expireAt: new Date(createdAt.getTime() + limits.eventRetentionMs),
});

const toImport = ({ _id, ...row }: Omit<ImportRow, "problems">): Import => ({
  id: _id,
  workspaceId: row.workspaceId,
  format: row.format,
  state: row.state,
  reason: row.reason,
  rows: row.rows,
  accepted: row.accepted,
  refused: row.refused,
  applied: row.applied,
  ignored: row.ignored,
  quarantined: row.quarantined,
  reasons: row.reasons,
  createdAt: row.createdAt,
  receivedAt: row.receivedAt,
  endedAt: row.endedAt,
});
