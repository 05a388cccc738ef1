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

/** One answer of the API, taken apart: it must be whole, in the shape of the contract, and the last on its connection. */
export const rawAnswer = ({ text }: { readonly text: string }) => {
  const [head = "", body = "", ...rest] = text.split("\r\n\r\n");
  const [, status = ""] = /^HTTP\/1\.1 (\d{3}) /.exec(head) ?? [];
  if (rest.length > 0 || !/^connection: close$/im.test(head))
    throw new Error(`not one answer that ends its connection: ${text.slice(0, 300)}`);
  const { error } = JSON.parse(body) as { error: { code: string; requestId: string } };
  if (!head.includes(error.requestId)) throw new Error(`no x-request-id in ${head}`);
  return { verdict: `${status} ${error.code}`, requestId: error.requestId, text };
};
