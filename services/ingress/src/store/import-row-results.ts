import type { EventRow, EventState, ImportProblem, Store } from "@yubin/store";
import type { ImportRowOutcome, ImportRowView } from "@yubin/types";

import {
  rowOfEventId,
  type Import,
  type ImportRowsFound,
  type ImportRowsPage,
} from "../domain/import.ts";
import { eventRange } from "./import-outcomes.ts";

/** Rows that one query looks at, where only those of one outcome are wanted. */
const windowRows = 20_000;

/** The rows of a file with what became of each, in their order: the good ones are events, the bad ones in the import. */
export const findImportRows = async (
  store: Store,
  known: Import,
  page: ImportRowsPage,
): Promise<ImportRowsFound> => {
  const refused = await refusedRows(store, known, page);
  if (page.outcome === "refused") return cut(refused, page.limit);
  const { rows, next } = await storedRows(store, known, page);
  if (page.outcome !== undefined) return { rows, next };
  const end = next ?? Infinity;
  const both = [...rows, ...refused.filter(({ row }) => row <= end)];
  const found = cut(
    both.toSorted((one, other) => one.row - other.row),
    page.limit,
  );
  return found.next === undefined ? { ...found, next } : found;
};

const cut = (rows: readonly ImportRowView[], limit: number): ImportRowsFound => ({
  rows: rows.slice(0, limit),
  next: rows.length > limit ? rows[limit - 1]?.row : undefined,
});

const refusedRows = async (
  { imports }: Store,
  { id, workspaceId }: Import,
  { after, outcome }: ImportRowsPage,
): Promise<ImportRowView[]> => {
  if (outcome !== undefined && outcome !== "refused") return [];
  const row = await imports.findOne({ _id: id, workspaceId }, { projection: { problems: 1 } });
  return (row?.problems ?? []).filter((one) => one.row > after).map(refusedRow);
};

const storedRows = async (
  { events }: Store,
  known: Import,
  { after, limit, outcome, isTimeUp }: ImportRowsPage,
): Promise<ImportRowsFound> => {
  const { id: _id, workspaceId } = known;
  const state = stateOf(outcome);
  const rows: ImportRowView[] = [];
  for (let from = after; from < known.rows;) {
    const to = Math.min(from + windowRows, known.rows);
    const wanted = limit - rows.length;
    const found = await events
      .find({
        _id: eventRange({ _id, workspaceId }, from, to),
        workspaceId,
        ...(state ? { state } : {}),
      })
      .sort({ _id: 1 })
      .limit(wanted + 1)
      .toArray();
    rows.push(...found.slice(0, wanted).map(storedRow));
    if (found.length > wanted) return { rows, next: rows.at(-1)?.row };
    if (to < known.rows && (rows.length === limit || isTimeUp())) return { rows, next: to };
    from = to;
  }
  return { rows, next: undefined };
};

const states: Partial<Record<ImportRowOutcome, EventState>> = {
  applied: "applied",
  waiting: "stored",
  ignored: "ignored",
  quarantined: "quarantined",
};
const stateOf = (outcome: ImportRowOutcome | undefined): EventState | undefined =>
  outcome && states[outcome];

const storedRow = ({ eventId, state, reason, profileId }: EventRow): ImportRowView => ({
  row: rowOfEventId(eventId),
  outcome: state === "stored" ? "waiting" : state,
  reason,
  field: null,
  message: null,
  profileId,
});

const refusedRow = ({ row, code, field, message }: ImportProblem): ImportRowView => ({
  row,
  outcome: "refused",
  reason: code,
  field,
  message,
  profileId: null,
});
