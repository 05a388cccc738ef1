import type { IncomingMessage } from "node:http";
import { Failure } from "@yubin/errors";

import { mayTakeLong } from "../listen.ts";
import { withDeadline } from "../with-deadline.ts";
import { letGo, refuseEncoding } from "./read-body.ts";

export interface StreamLimits {
  readonly maxBytes: number;
  /** For the next bytes to come. */
  readonly idleMs: number;
}

/**
 * The body piece by piece, no faster than it is taken, and not one byte more than allowed. Whoever stops before the end
 * answers with `connection: close`; what still comes is taken off the wire for a moment, so that the answer is read.
 */
export async function* streamBody(
  req: IncomingMessage,
  { maxBytes, idleMs }: StreamLimits,
): AsyncGenerator<Buffer> {
  mayTakeLong(req);
  const tooLarge = (): Failure =>
    new Failure("body_too_large", `the body is over ${maxBytes} bytes`);
  const pieces = req.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  let length = 0;
  try {
    refuseEncoding(req);
    if (Number(req.headers["content-length"] ?? 0) > maxBytes) throw tooLarge();
    for (;;) {
      const next = await withDeadline(idleMs, () => pieces.next(), "body_timeout");
      if (next.done === true) return;
      length += next.value.length;
      if (length > maxBytes) throw tooLarge();
      yield next.value;
    }
  } catch (error) {
    throw error instanceof Failure
      ? error
      : new Failure("request_invalid", "the connection ended before the body did", {
          cause: error,
        });
  } finally {
    if (!req.complete && !req.destroyed) await letGo(req);
  }
}
