import { Failure } from "@yubin/errors";
import { limits } from "@yubin/types";

import type { EventInbox, InboundEvent } from "../domain/inbound-event.ts";
import type { Import, ImportProblem, Imports } from "../domain/import.ts";
import { importedEvent, isColumn } from "../domain/import-row.ts";
import { faultAt, readRows, type ReadRow } from "./read-rows.ts";

export interface ReceiveImportDeps {
  readonly imports: Imports;
  /** Not that of webhooks: a file must not make them wait. */
  readonly importInbox: EventInbox;
  readonly providers: (workspaceId: string) => Promise<ReadonlySet<string>>;
  readonly now: () => Date;
}

export interface Upload {
  readonly bytes: AsyncIterable<Buffer>;
  /** The number of the first row in these bytes. */
  readonly firstRow: number;
}

const rowsPerWrite = 500;
const bytesPerWrite = 1_048_576;

/**
 * Stores the rows of a file as they come, a few hundred at a time, and counts them in the same step: an upload that
 * breaks off goes on behind the last that was counted. Rows that were stored and not counted are stored again to no
 * effect, as their ids follow from their numbers.
 */
export const receiveImport = async (
  deps: ReceiveImportDeps,
  opened: Import,
  { bytes, firstRow }: Upload,
): Promise<Import> => {
  const providers = await deps.providers(opened.workspaceId);
  let known = opened;
  let batch = emptyBatch();
  const flush = async (): Promise<void> => {
    if (batch.upTo === 0) return;
    await deps.importInbox.add(batch.events);
    known = await heldBy(deps, known, deps.imports.take(known, takenOf(batch)));
    batch = emptyBatch();
  };

  let row = firstRow - 1;
  try {
    for await (const read of readRows(opened.format, bytes, { isColumn })) {
      row += 1;
      if (row <= opened.rows) continue;
      put(batch, row, eventOf(read, { opened, row, providers, receivedAt: deps.now() }));
      if (batch.events.length >= rowsPerWrite || batch.bytes >= bytesPerWrite) await flush();
      else if (batch.problems.length >= rowsPerWrite) await flush();
    }
  } catch (error) {
    await flush();
    throw await ended(deps, known, { row: row + 1, error });
  }
  await flush();
  const end = { state: "applying", reason: null, at: deps.now() } as const;
  return heldBy(deps, known, deps.imports.end(known, end));
};

interface Batch {
  readonly events: InboundEvent[];
  readonly problems: ImportProblem[];
  upTo: number;
  bytes: number;
}

const emptyBatch = (): Batch => ({ events: [], problems: [], upTo: 0, bytes: 0 });

const takenOf = ({ upTo, events, problems }: Batch) => ({
  upTo,
  accepted: events.length,
  problems,
});

const put = (batch: Batch, row: number, result: InboundEvent | Failure): void => {
  batch.upTo = row;
  if (!(result instanceof Failure)) {
    batch.events.push(result);
    batch.bytes += JSON.stringify(result.body).length;
    return;
  }
  const { code, field, message } = result;
  batch.problems.push({ row, code, field: field ?? null, message });
};

const eventOf = (
  { fields, failure }: ReadRow,
  place: {
    readonly opened: Import;
    readonly row: number;
    readonly providers: ReadonlySet<string>;
    readonly receivedAt: Date;
  },
): InboundEvent | Failure => {
  if (failure) return failure;
  const { opened, ...rest } = place;
  try {
    return importedEvent(fields, {
      workspaceId: opened.workspaceId,
      importId: opened.id,
      ...rest,
    });
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
};

/** The import as it is after a write, which only whoever knew its last state can have made. */
const heldBy = async (
  { imports, now }: ReceiveImportDeps,
  { workspaceId, id }: Import,
  written: Promise<Import | undefined>,
): Promise<Import> => {
  const next = await written;
  if (next) return next;
  const other = await imports.find(workspaceId, id, now());
  if (other?.state === "receiving")
    throw new Failure("in_progress", "another upload of this import is under way", {
      retryAfterMs: 1_000,
    });
  throw new Failure("state_invalid", `the import is ${other?.state ?? "gone"}`);
};

/** A file that cannot be read on has failed; what breaks off for another reason can be gone on with. */
const ended = async (
  { imports, now }: ReceiveImportDeps,
  known: Import,
  { row, error }: { readonly row: number; readonly error: unknown },
): Promise<unknown> => {
  if (!(error instanceof Failure)) return error;
  if (error.code === "csv_invalid") {
    const message = faultAt(row, error);
    await imports.end(known, { state: "failed", reason: message, at: now() });
    return new Failure("csv_invalid", message);
  }
  if (error.code === "body_too_large")
    await imports.end(known, {
      state: "failed",
      reason: `over ${limits.importBytes} bytes`,
      at: now(),
    });
  return error;
};
