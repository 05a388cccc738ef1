import type { IncomingMessage } from "node:http";
import { Failure } from "@yubin/errors";
import type { RequestHandler } from "express";

export interface BodyLimits {
  readonly maxBytes: number;
  /** For the whole body. */
  readonly timeoutMs: number;
}

/** How long what is too much is still taken off the wire, so that the sender lives to read the answer. */
const lingerMs = 250;

/** Reads the raw bytes into `req.body`, always a Buffer, and not one byte more than allowed. */
export const readBody =
  (limits: BodyLimits): RequestHandler =>
  async (req, res, next) => {
    try {
      req.body = await bytesOf(req, limits);
    } catch (error) {
      res.setHeader("connection", "close");
      throw error;
    }
    next();
  };

const bytesOf = async (req: IncomingMessage, limits: BodyLimits): Promise<Buffer> => {
  refuseEncoding(req);
  const isDeclaredTooLarge = Number(req.headers["content-length"] ?? 0) > limits.maxBytes;
  const bytes = isDeclaredTooLarge ? undefined : await collect(req, limits);
  if (bytes) return bytes;
  await letGo(req);
  throw new Failure("body_too_large", `the body is over ${limits.maxBytes} bytes`);
};

export const refuseEncoding = (req: IncomingMessage): void => {
  const encoding = req.headers["content-encoding"];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== "identity")
    throw new Failure("encoding_unsupported", "the body must not be compressed");
};

/** The bytes, or undefined when there are too many of them. */
const collect = (
  req: IncomingMessage,
  { maxBytes, timeoutMs }: BodyLimits,
): Promise<Buffer | undefined> => {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  const chunks: Buffer[] = [];
  let length = 0;
  // At once, not when the promise is looked at: `close` follows every `end`, and would make an error for nothing.
  const stop = (): void => {
    clearTimeout(timer);
    req.off("data", onData).off("end", onEnd).off("close", onGone);
  };
  const onData = (chunk: Buffer): void => {
    length += chunk.length;
    chunks.push(chunk);
    if (length <= maxBytes) return;
    stop();
    resolve(undefined);
  };
  const onEnd = (): void => {
    stop();
    resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length));
  };
  const onGone = (): void => {
    stop();
    reject(new Failure("request_invalid", "the connection ended before the body did"));
  };
  const timer = setTimeout(() => {
    stop();
    reject(new Failure("body_timeout", `the body took longer than ${timeoutMs} ms`));
  }, timeoutMs);
  req.on("data", onData).once("end", onEnd).once("close", onGone).once("error", onGone);
  return promise;
};

/** Discards what still comes, for a moment; the connection is closed with the answer. */
export const letGo = (req: IncomingMessage): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, lingerMs);
  req.once("end", resolve).once("close", resolve).once("error", resolve);
  req.resume();
  return promise.finally(() => {
    clearTimeout(timer);
    req.off("end", resolve).off("close", resolve);
    req.pause();
  });
};
