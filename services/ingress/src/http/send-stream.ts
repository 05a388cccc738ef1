import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Response } from "express";

import type { ApiAnswer } from "./api-route.ts";

/** Of a caller who takes nothing any more. */
const idleMaxMs = 60_000;

/**
 * Sends pieces as they are made, no faster than the caller takes them. What fails before the first piece is answered as
 * an error; later the connection is broken, so that half an answer is not taken for whole. A caller who leaves ends it.
 */
export const sendStream = async (
  res: Response,
  { type, pieces }: NonNullable<ApiAnswer["stream"]>,
): Promise<void> => {
  const source = pieces[Symbol.asyncIterator]();
  const first = await source.next();
  res.setHeader("content-type", type);
  res.setTimeout(idleMaxMs, () => res.destroy());
  try {
    await pipeline(Readable.from(from(first, source), { highWaterMark: 1 }), res);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
};

async function* from(
  first: IteratorResult<string>,
  source: AsyncIterator<string>,
): AsyncGenerator<string> {
  try {
    for (let piece = first; piece.done !== true; piece = await source.next()) yield piece.value;
  } finally {
    await source.return?.();
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE";
