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
}

/** The path on which messages go out. Calls resolve to an answer whatever the network does; they never reject. */
export interface LineSender {
  readonly push: (send: LineSend, signal?: AbortSignal) => Promise<LineAnswer>;
  readonly multicast: (send: LineSend, signal?: AbortSignal) => Promise<LineAnswer>;
  /**
   * Has no retry key at LINE, which takes its token once: what is `unknown` may be asked for again, and a refusal after
   * that tells nothing; it must not be sent in another way unless it was `unreachable`.
   */
  readonly reply: (send: Omit<LineSend, "retryKey">, signal?: AbortSignal) => Promise<LineAnswer>;
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
    async (call: Call, signal?: AbortSignal): Promise<LineAnswer> => {
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
  { token, body, retryKey }: Call,
  signal?: AbortSignal,
): Promise<LineAnswer> => {
  if (!/^[\x21-\x7e]+$/.test(token)) return { kind: "unauthorized" };
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    ...(retryKey === undefined ? {} : { "x-line-retry-key": retryKey }),
  };
  const arrived = await postToLine({ dispatcher: pool, path, headers, body, timeoutMs, signal });
  return arrived.kind === "reply"
    ? answerOf({ ...arrived, hasRetryKey: retryKey !== undefined })
    : { kind: "unknown", reason: arrived.reason };
};
