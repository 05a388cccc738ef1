import { setTimeout as pause } from "node:timers/promises";
import { YubinError } from "@yubin/client";
import { idFrom, type ImportFormat, type ImportRowView, type ImportView } from "@yubin/types";

import type { Cli } from "./cli.ts";
import { readPeopleFile, type PeopleFile } from "./import-file.ts";
import { interrupted, interruptedCode, interruptible } from "./io.ts";
import { createProgress } from "./output/progress.ts";
import { importText, rowColumns, sizeOf } from "./views/import-text.ts";

export interface ImportOptions {
  readonly format?: ImportFormat;
  readonly key?: string;
}

/**
 * Sends a file of people and stays until each row is done. The key follows from the file, so running it again, whatever
 * stopped it, goes on with the same import.
 */
export const importPeople = (cli: Cli, path: string, options: ImportOptions): Promise<number> =>
  interruptible(cli.io, async (signal) => {
    const { yubin, out } = cli;
    const file = await readPeopleFile(path, options.format);
    const idempotencyKey = options.key ?? `file-${file.digest}-${file.format}`;
    const importId = idFrom("imp", (await yubin.workspace.get()).id, idempotencyKey);
    const upload: Upload = { file, importId, idempotencyKey, signal };

    const isHere = await send(cli, upload).catch(interrupted(signal));
    if (isHere === undefined) {
      out.note(`${importId} is stopped; what it has stored stays. The same command goes on.`);
      return interruptedCode;
    }
    const end = await untilApplied(cli, upload).catch(interrupted(signal));
    if (end) return await showEnd(cli, end);
    out.note(`${importId} is here and goes on by itself: yubin import show ${importId}`);
    return interruptedCode;
  });

interface Upload {
  readonly file: PeopleFile;
  readonly importId: string;
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

const lookEveryMs = 500;

const send = async ({ yubin, io, out }: Cli, upload: Upload): Promise<true> => {
  const { file, importId, idempotencyKey, signal } = upload;
  const before = await yubin.imports.get(importId).catch(absent);
  if (before && before.state !== "receiving") {
    out.note(`This file was sent before, as ${importId}; --key <name> imports it once more.`);
    return true;
  }
  out.note(before ? `${importId} goes on behind row ${before.rows}.` : `${importId} begins.`);
  using progress = createProgress(io);
  const open = (): ReadableStream<Uint8Array> => {
    let sent = 0;
    return file.open((bytes) => {
      sent += bytes;
      progress.tell(`sending: ${sizeOf(sent)} of ${sizeOf(file.bytes)}`);
    });
  };
  try {
    await yubin.imports.send({ format: file.format, open }, { idempotencyKey, signal });
  } catch (error) {
    // A file that cannot be read on has failed; why is part of how it ended.
    signal.throwIfAborted();
    const after = await yubin.imports.get(importId).catch(absent);
    if (after?.state !== "failed") throw error;
  }
  return true;
};

const absent = (error: unknown): undefined => {
  if (!(error instanceof YubinError) || error.status !== 404) throw error;
};

const untilApplied = async (
  { yubin, io }: Cli,
  { importId, signal }: Upload,
): Promise<ImportView> => {
  using progress = createProgress(io);
  for (;;) {
    const now = await yubin.imports.get(importId);
    if (now.state !== "applying" && now.state !== "receiving") return now;
    progress.tell(
      `applying: ${now.applied} of ${now.rows} rows, ${now.waiting} waiting, ${now.refused} refused`,
    );
    await pause(lookEveryMs, undefined, { signal });
  }
};

const shownMax = 10;

const showEnd = async ({ yubin, out }: Cli, end: ImportView): Promise<number> => {
  const undone: ImportRowView[] = [];
  for (const outcome of ["refused", "quarantined"] as const)
    if (end[outcome] > 0 && undone.length < shownMax) {
      const limit = shownMax - undone.length;
      undone.push(...(await yubin.imports.rows(end.id, { outcome, limit })).data);
    }
  await out.show({ ...end, firstRefused: undone }, () =>
    [importText(end), ...(undone.length > 0 ? ["", out.table(undone, rowColumns)] : [])].join("\n"),
  );
  return end.state === "done" && end.refused === 0 && end.quarantined === 0 ? 0 : 1;
};
