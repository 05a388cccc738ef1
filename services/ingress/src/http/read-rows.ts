import { Failure } from "@yubin/errors";
import { parseJson } from "@yubin/kit";
import { limits, type ImportFormat } from "@yubin/types";
import { CsvError, parse } from "csv-parse";

import type { RowFields } from "../domain/import-row.ts";

/** One row of a file: what it says, or why it cannot be read. */
export type ReadRow =
  | { readonly fields: RowFields; readonly failure?: never }
  | { readonly failure: Failure; readonly fields?: never };

/** What the columns of a CSV file may be called, and one that must be there. */
export interface ColumnRules {
  readonly isColumn: (column: string) => boolean;
  readonly required?: string;
}

/**
 * Reads a file row by row; of it never more than a row and the piece that came last are in memory. A bad row is told
 * as one, and the next one follows; a file in which nobody can tell where the next row begins ends with `csv_invalid`.
 */
export const readRows = (
  format: ImportFormat,
  bytes: AsyncIterable<Buffer>,
  rules: ColumnRules,
): AsyncGenerator<ReadRow> => {
  const plain = refuseArchives(bytes);
  return format === "csv" ? readCsv(plain, rules) : readNdjson(plain);
};

/** Why a file cannot be read on, and where: rows are those after the header, and the first of them is row 1. */
export const faultAt = (row: number, { field, message }: Failure): string =>
  field === "header" ? message : `row ${row}: ${message}`;

const broken = (why: string): Failure => new Failure("csv_invalid", why);
/** Of no row: the header, or the file as a whole. */
const unreadable = (why: string): Failure => new Failure("csv_invalid", why, { field: "header" });
const tooLong = (): Failure => broken(`longer than ${limits.importRowBytes} bytes`);

const gzip = Buffer.from([0x1f, 0x8b]);
const zip = Buffer.from("PK\u0003\u0004");

async function* refuseArchives(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const piece of bytes) {
    if (!start) {
      yield piece;
      continue;
    }
    start = Buffer.concat([start, piece]);
    if (start.length < zip.length) continue;
    if ([gzip, zip].some((magic) => start?.subarray(0, magic.length).equals(magic)))
      throw unreadable("the file is compressed");
    yield start;
    start = undefined;
  }
  if (start && start.length > 0) yield start;
}

/**
 * Line by line, so that everything in front of a fault is passed on. The parser bounds what is in quotes; the length of
 * a line bounds all else, such as a million commas.
 */
async function* checkText(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  let lineBytes = 0;
  /** A piece of a line, which what comes after a line's end is not part of. */
  const faultIn = (piece: Buffer | undefined, isLineEnd: boolean): Failure | undefined => {
    lineBytes += piece?.length ?? 0;
    if (lineBytes > limits.importRowBytes) return tooLong();
    try {
      utf8.decode(piece, { stream: !isLineEnd });
    } catch {
      return broken("not UTF-8");
    }
    return undefined;
  };
  for await (const piece of bytes) {
    for (let from = 0; from < piece.length;) {
      const end = piece.indexOf(0x0a, from);
      const fault = faultIn(piece.subarray(from, end < 0 ? undefined : end), end >= 0);
      if (fault) {
        if (from > 0) yield piece.subarray(0, from);
        throw fault;
      }
      if (end < 0) break;
      lineBytes = 0;
      from = end + 1;
    }
    yield piece;
  }
  const fault = faultIn(undefined, true);
  if (fault) throw fault;
}

async function* readCsv(bytes: AsyncIterable<Buffer>, rules: ColumnRules): AsyncGenerator<ReadRow> {
  let columns: readonly string[] | undefined;
  try {
    for await (const record of recordsOf(checkText(bytes))) {
      if (columns) yield rowOf(columns, record);
      else columns = columnsOf(record, rules);
    }
  } catch (error) {
    // Others, such as a body that is too large, are told as they are.
    const isFault = error instanceof Failure && error.code === "csv_invalid";
    if (columns || !isFault || error.field !== undefined) throw error;
    throw unreadable(`header: ${error.message}`);
  }
  if (!columns) throw unreadable("there is no header");
}

/**
 * Piece by piece, and not as a stream: what a stream has read and nobody took yet is lost when it fails, and those are
 * good rows.
 */
async function* recordsOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let records: string[][] = [];
  const parser = parse({
    bom: true,
    record_delimiter: ["\r\n", "\n"],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: limits.importRowBytes,
    on_record: (record: string[]) => {
      records.push(record);
      return null;
    },
  });
  parser.on("error", () => undefined); // told to whoever writes
  const read = async (work: (done: (error?: Error | null) => void) => void) => {
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    work((error) => resolve(error ?? undefined));
    const error = await promise;
    const found = records;
    records = [];
    return { found, error: error instanceof CsvError ? broken(whyOf(error)) : error };
  };
  let isLineWhole = true;
  try {
    for await (const piece of bytes) {
      const { found, error } = await read((done) => parser.write(piece, done));
      yield* found;
      if (error) throw error;
      isLineWhole = piece.at(-1) === 0x0a;
    }
  } catch (error) {
    // The parser looks ahead, so it holds a row back; of half a line nobody must make a whole one.
    if (isLineWhole && !parser.destroyed) yield* (await read((done) => parser.end(done))).found;
    throw error;
  }
  const { found, error } = await read((done) => parser.end(done));
  yield* found;
  if (error) throw error;
}

/** The parser's own texts repeat what is in the file. */
const whyOf = ({ code }: CsvError): string => {
  switch (code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return "a quote is not closed";
    case "CSV_MAX_RECORD_SIZE":
      return `longer than ${limits.importRowBytes} bytes, or a quote is not closed`;
    default:
      return "a quote where none can be";
  }
};

const columnsOf = (
  header: readonly string[],
  { isColumn, required }: ColumnRules,
): readonly string[] => {
  const columns = header.map((cell) => cell.trim());
  if (columns.length > limits.importColumnsMax)
    throw unreadable(`the header has over ${limits.importColumnsMax} columns`);
  const bad = columns.findIndex((column) => !isColumn(column));
  if (bad >= 0) throw unreadable(`the header's column ${bad + 1} cannot be the name of anything`);
  if (required !== undefined && !columns.includes(required))
    throw unreadable(`the header has no column ${required}`);
  if (new Set(columns).size < columns.length) throw unreadable("the header has a column twice");
  return columns;
};

/** An empty cell says nothing, as it cannot be told from an absent one. */
const rowOf = (columns: readonly string[], cells: readonly string[]): ReadRow =>
  cells.length === columns.length
    ? {
        fields: Object.fromEntries(
          columns.flatMap((column, at) => (cells[at] ? [[column, cells[at]]] : [])),
        ),
      }
    : {
        failure: broken(`${cells.length} cells where the header has ${columns.length}`),
      };

async function* readNdjson(bytes: AsyncIterable<Buffer>): AsyncGenerator<ReadRow> {
  for await (const line of linesOf(bytes)) if (!isBlank(line)) yield jsonRowOf(line);
}

async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const piece of bytes) {
    let from = 0;
    for (let end = piece.indexOf(0x0a); end >= 0; end = piece.indexOf(0x0a, from)) {
      const rest = piece.subarray(from, end);
      if (begunBytes + rest.length > limits.importRowBytes) throw tooLong();
      yield begun.length === 0 ? rest : Buffer.concat([...begun, rest]);
      begun = [];
      begunBytes = 0;
      from = end + 1;
    }
    const rest = piece.subarray(from);
    begunBytes += rest.length;
    if (begunBytes > limits.importRowBytes) throw tooLong();
    if (rest.length > 0) begun.push(rest);
  }
  if (begun.length > 0) yield Buffer.concat(begun);
}

const isBlank = (line: Buffer): boolean => line.every((byte) => byte === 0x20 || byte === 0x0d);

const jsonRowOf = (line: Buffer): ReadRow => {
  try {
    const value = parseJson(line, { depth: limits.jsonDepth });
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return { fields: value as RowFields };
    return { failure: new Failure("type_invalid", "a line must be an object") };
  } catch (error) {
    if (error instanceof Failure) return { failure: error };
    throw error;
  }
};
