import { Pool } from "undici";

import { answerOf, type LineAnswer } from "./line-answer.ts";
import { connectionLimits, type LineDispatcherOptions } from "./line-dispatcher.ts";
import { postToLine } from "./post-to-line.ts";

export interface LineSenderOptions extends LineDispatcherOptions {
  /** An origin, such as `https://api.line.me`. */
  readonly apiBaseUrl: string;
}

/** One frozen request: whoever repeats it must repeat these bytes with this key. */
export interface LineSend {
  readonly token: string;
  readonly body: string | Buffer;
  readonly retryKey: string;
  /**
   * Asked when a connection is about to write the first byte, which may be a while later: a process that is busy gets
   * to its sockets late, and a new connection takes time. Whatever is false by then is not made.
   */
  readonly mayStart?: () => boolean;
}

/** `mayStart` said no: not a byte of it was written. */
export interface NotMade {
  readonly kind: "not_made";
}

/** The path on which messages go out. Calls resolve to an answer whatever the network does; they never reject. */
export interface LineSender {
  readonly push: (send: LineSend, signal?: AbortSignal) => Promise<LineAnswer | NotMade>;
  readonly multicast: (send: LineSend, signal?: AbortSignal) => Promise<LineAnswer | NotMade>;
  /**
   * Has no retry key at LINE, which takes its token once: what is `unknown` may be asked for again, and a refusal after
   * that tells nothing; it must not be sent in another way unless it was `unreachable`.
   */
  readonly reply: (
    send: Omit<LineSend, "retryKey">,
    signal?: AbortSignal,
  ) => Promise<LineAnswer | NotMade>;
  readonly inFlight: () => number;
  /** Waits for calls under way, but not for longer than this. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** A bounded pool to one host. `timeoutMs` is for a whole call, waiting for a connection included. */
export const createLineSender = (options: LineSenderOptions): LineSender => {
  const { timeoutMs = 10_000 } = options;
  const pool = new Pool(new URL(options.apiBaseUrl).origin, connectionLimits(options));
  let inFlight = 0;
  const send =
    (path: string) =>
    async (call: Call, signal?: AbortSignal): Promise<LineAnswer | NotMade> => {
      inFlight += 1;
      try {
        return await post({ pool, path, timeoutMs }, call, signal);
      } finally {
        inFlight -= 1;
      }
    };

  return {
    push: send("/v2/bot/message/push"),
    multicast: send("/v2/bot/message/multicast"),
    reply: send("/v2/bot/message/reply"),
    inFlight: () => inFlight,
    close: async (graceMs) => {
      const { promise: isCut, resolve } = Promise.withResolvers<void>();
      const cut = setTimeout(() => void pool.destroy().finally(resolve), graceMs);
      // Of a pool that is destroyed while calls wait in it, undici never says that it is closed.
      await Promise.race([pool.close(), isCut]).catch(() => undefined);
      clearTimeout(cut);
    },
  };
};

type Call = Omit<LineSend, "retryKey"> & { readonly retryKey?: string };

const post = async (
  { pool, path, timeoutMs }: { pool: Pool; path: string; timeoutMs: number },
  { token, body, retryKey, mayStart }: Call,
  signal?: AbortSignal,
): Promise<LineAnswer | NotMade> => {
  if (!/^[\x21-\x7e]+$/.test(token)) return { kind: "unauthorized" };
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    ...(retryKey === undefined ? {} : { "x-line-retry-key": retryKey }),
  };
  const limits = { timeoutMs, signal, mayStart };
  const arrived = await postToLine({ dispatcher: pool, path, headers, body, ...limits });
  if (arrived.kind === "not_made") return arrived;
  return arrived.kind === "reply"
    ? answerOf({ ...arrived, hasRetryKey: retryKey !== undefined })
    : { kind: "unknown", reason: arrived.reason };
};
