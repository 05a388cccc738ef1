import { connect } from "node:net";

export interface RawOptions {
  /** Written after the first part, in this order. */
  readonly later?: readonly { readonly afterMs: number; readonly bytes: string | Buffer }[];
  readonly timeoutMs?: number;
}

/** Writes bytes to a port and resolves to all that comes back until the server closes. */
export const rawHttp = (
  port: number,
  bytes: string | Buffer,
  { later = [], timeoutMs = 20_000 }: RawOptions = {},
): Promise<{ readonly text: string; readonly elapsedMs: number }> => {
  const startedAt = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<{ text: string; elapsedMs: number }>();
  const chunks: Buffer[] = [];
  const timers: NodeJS.Timeout[] = [];
  const socket = connect(port, "127.0.0.1", () => {
    socket.write(bytes);
    for (const { afterMs, bytes: more } of later)
      timers.push(
        setTimeout(() => {
          if (socket.writable) socket.write(more);
        }, afterMs),
      );
  });
  const giveUp = setTimeout(() => {
    socket.destroy();
    reject(new Error(`no end within ${timeoutMs} ms, so far: ${text().slice(0, 200)}`));
  }, timeoutMs);
  const text = (): string => Buffer.concat(chunks).toString("latin1");

  socket.on("data", (chunk) => chunks.push(chunk));
  // A server that closes on a client which still writes may reset; what it said before counts.
  socket.on("error", () => undefined);
  socket.on("close", () => {
    clearTimeout(giveUp);
    for (const timer of timers) clearTimeout(timer);
    resolve({ text: text(), elapsedMs: performance.now() - startedAt });
  });
  return promise;
};
