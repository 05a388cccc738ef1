import type { IncomingMessage } from "node:http";

const bodyMaxBytes = 2 * 1_024 * 1_024;

/** The whole body of a request, unless it is larger than LINE takes or its sender went away. */
export function readBody(req: IncomingMessage): Promise<Buffer | "tooLarge" | "aborted"> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    req.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bodyMaxBytes) resolve("tooLarge");
      else chunks.push(chunk);
    });
    req.on("end", () =>
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
    );
    req.on("error", () => resolve("aborted"));
    req.on("close", () => resolve("aborted"));
  });
}
