import { type Dispatcher, Pool } from "undici";

import { answerOf, type LineAnswer, type UnknownReason } from "./line-answer.ts";
import { breakOf } from "./break-of.ts";
import { connectionLimits, type LineDispatcherOptions } from "./line-dispatcher.ts";

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
      const cut = setTimeout(() => void pool.destroy(), graceMs);
      await pool.close().catch(() => undefined);
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
  const deadline = createDeadline(timeoutMs, signal);
  let response: Dispatcher.ResponseData | undefined;
  try {
    response = await pool.request({
      path,
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        ...(retryKey === undefined ? {} : { "x-line-retry-key": retryKey }),
      },
      body,
      signal: deadline.signal,
    });
    return answerOf({
      status: response.statusCode,
      headers: response.headers,
      body: await response.body.text(),
      hasRetryKey: retryKey !== undefined,
    });
  } catch (error) {
    // Once the status is here it decides, even if the rest never came whole.
    if (response)
      return answerOf({
        status: response.statusCode,
        headers: response.headers,
        body: undefined,
        hasRetryKey: retryKey !== undefined,
      });
    return { kind: "unknown", reason: deadline.reason() ?? breakOf(error) };
  } finally {
    deadline.clear();
  }
};

const createDeadline = (ms: number, outer?: AbortSignal) => {
  const controller = new AbortController();
  let reason: UnknownReason | undefined;
  const abort = (why: UnknownReason): void => {
    reason ??= why;
    controller.abort();
  };
  const onOuter = (): void => abort("aborted");
  const timer = setTimeout(() => abort("timeout"), ms);
  if (outer?.aborted) onOuter();
  outer?.addEventListener("abort", onOuter, { once: true });
  return {
    signal: controller.signal,
    reason: (): UnknownReason | undefined => reason,
    clear: (): void => {
      clearTimeout(timer);
      outer?.removeEventListener("abort", onOuter);
    },
  };
};
