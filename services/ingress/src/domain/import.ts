import type {
  ImportFormat,
  ImportRowOutcome,
  ImportRowView,
  ImportState,
  ImportView,
} from "@yubin/types";

/** A file of people, on its way in or applied. */
export interface Import {
  readonly id: string;
  readonly workspaceId: string;
  readonly format: ImportFormat;
  readonly state: ImportState;
  readonly reason: string | null;
  /** Rows looked at so far; sending the file again goes on behind them. */
  readonly rows: number;
  readonly accepted: number;
  readonly refused: number;
  readonly applied: number;
  readonly ignored: number;
  readonly quarantined: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly createdAt: Date;
  readonly receivedAt: Date | null;
  readonly endedAt: Date | null;
}

/** What is wrong with one row; none of its values. */
export interface ImportProblem {
  readonly row: number;
  readonly code: string;
  readonly field: string | null;
  readonly message: string;
}

/** Rows that were looked at together: the good ones are stored already. */
export interface RowsTaken {
  /** The last of them. */
  readonly upTo: number;
  readonly accepted: number;
  readonly problems: readonly ImportProblem[];
}

export interface ImportRowsPage {
  /** Rows after this one. */
  readonly after: number;
  readonly limit: number;
  readonly outcome: ImportRowOutcome | undefined;
  readonly isTimeUp: () => boolean;
}

export interface ImportRowsFound {
  readonly rows: readonly ImportRowView[];
  /** The row after which to look on; undefined at the end. */
  readonly next: number | undefined;
}

export interface Imports {
  /** The import of this id, made where there is none. */
  open(given: Pick<Import, "id" | "workspaceId" | "format" | "createdAt">): Promise<Import>;
  /** With what identity has done by now. */
  find(workspaceId: string, importId: string, now: Date): Promise<Import | undefined>;
  list(workspaceId: string, page: { after: string; limit: number }): Promise<Import[]>;
  /** Undefined when another upload of it was faster, or it is not being received any more. */
  take(known: Import, taken: RowsTaken): Promise<Import | undefined>;
  /** Ends receiving; undefined as above. */
  end(known: Import, how: ImportEnd): Promise<Import | undefined>;
  rows(known: Import, page: ImportRowsPage): Promise<ImportRowsFound>;
}

export interface ImportEnd {
  readonly state: "applying" | "failed" | "cancelled";
  readonly reason: string | null;
  readonly at: Date;
}

const rowDigits = 10;

/** Of the event that a row is stored as: ids sort as rows do. */
export const importEventId = (importId: string, row: number): string =>
  `${importId}/${String(row).padStart(rowDigits, "0")}`;

export const rowOfEventId = (eventId: string): number => Number(eventId.slice(-rowDigits));

export const importView = (one: Import): ImportView => ({
  id: one.id,
  format: one.format,
  state: one.state,
  reason: one.reason,
  rows: one.rows,
  accepted: one.accepted,
  refused: one.refused,
  applied: one.applied,
  ignored: one.ignored,
  quarantined: one.quarantined,
  waiting: one.accepted - one.applied - one.ignored - one.quarantined,
  reasons: one.reasons,
  createdAt: one.createdAt.toISOString(),
  receivedAt: one.receivedAt?.toISOString() ?? null,
  endedAt: one.endedAt?.toISOString() ?? null,
});
