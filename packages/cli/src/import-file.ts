import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ImportFormat } from "@yubin/types";

import { Misuse } from "./misuse.ts";

/** A file of people on this machine, known by what is in it. */
export interface PeopleFile {
  readonly format: ImportFormat;
  readonly bytes: number;
  readonly digest: string;
  /** Its bytes from the start; each piece that is taken is told of. */
  readonly open: (taken: (bytes: number) => void) => ReadableStream<Uint8Array>;
}

/** Reads the whole file once, since its digest is what makes sending it again go on rather than start anew. */
export const readPeopleFile = async (
  path: string,
  format: ImportFormat | undefined,
): Promise<PeopleFile> => {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Misuse(`cannot read ${path}: ${error.code}`);
  });
  if (!found.isFile())
    throw new Misuse(`${path} is no file; what comes from a pipe has to be saved`);
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash).catch((error: NodeJS.ErrnoException) => {
    throw new Misuse(`cannot read ${path}: ${error.code}`);
  });
  return {
    format: format ?? formatOf(path),
    bytes: found.size,
    digest: hash.digest("hex"),
    // Not `Readable.toWeb`: where the server answers before it has all, that goes on writing to what is closed, and throws.
    open: (taken) => ReadableStream.from(piecesOf(path, taken)),
  };
};

async function* piecesOf(path: string, taken: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const piece of createReadStream(path)) {
    yield piece as Buffer;
    taken((piece as Buffer).length);
  }
}

const formats: Readonly<Record<string, ImportFormat>> = {
  ".csv": "csv",
  ".ndjson": "ndjson",
  ".jsonl": "ndjson",
};

const formatOf = (path: string): ImportFormat => {
  const format = formats[extname(path).toLowerCase()];
  if (!format) throw new Misuse("--format csv or --format ndjson: its name does not say");
  return format;
};
