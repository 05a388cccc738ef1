import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { YubinError } from "@yubin/client";

import type { Io } from "./io.ts";
import { visibleLines } from "./output/visible-text.ts";

/** Writes a file that Yubin sends on standard output, as fast as that takes it. */
export const writeExport = async (
  { stdout }: Io,
  file: ReadableStream<Uint8Array>,
): Promise<void> => {
  const decoder = new TextDecoder();
  try {
    for await (const piece of Readable.fromWeb(file as never)) {
      // A file keeps its bytes; a terminal would obey some of them.
      const bytes = piece as Uint8Array;
      const shown = stdout.isTTY ? visibleRows(decoder.decode(bytes, { stream: true })) : bytes;
      if (!stdout.write(shown)) await drained(stdout);
    }
  } catch (error) {
    throw new YubinError("the export broke off: what came so far is not everybody", {
      code: "unreachable",
      status: 0,
      cause: error,
    });
  }
};

const visibleRows = (text: string): string => visibleLines(text.replaceAll("\r\n", "\n"));

const drained = (stream: NodeJS.WritableStream): Promise<void> =>
  Promise.race([
    new Promise<void>((resolve) => stream.once("drain", resolve)),
    finished(stream, { readable: false }),
  ]);
