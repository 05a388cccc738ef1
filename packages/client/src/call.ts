import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import { errorOf, YubinError } from "./yubin-error.ts";

export interface ConnectionOptions {
  /** Where Yubin answers, such as `https://yubin.example.com`. */
  readonly baseUrl: string;
  /** `yb_live_…` */
  readonly apiKey: string;
  /** For one try. Default 10,000. */
  readonly timeoutMs?: number;
  /** Tries of one call, the first included. Default 5. */
  readonly attemptsMax?: number;
}

export interface CallOptions {
  /** Equal keys are one request; one is made up where none is given, so that repeating a try is safe. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Request extends CallOptions {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Query | undefined;
  readonly body?: unknown;
  /** Instead of a body; made anew for each try. */
  readonly file?: { readonly type: string; readonly open: () => ReadableStream<Uint8Array> };
  /** The form of the answer; JSON unless it is a file. */
  readonly accept?: string;
  /** In place of the connection's: some calls ask LINE, and a file takes its time. */
  readonly timeoutMs?: number;
}

export interface Call {
  <Answer>(request: Request): Promise<Answer>;
  /** An answer that is read as it comes; it is asked for again only before its first byte. */
  readonly stream: (request: Request) => Promise<ReadableStream<Uint8Array>>;
}

const timeoutMsDefault = 10_000;
const attemptsMaxDefault = 5;
const firstPauseMs = 200;
const pauseMaxMs = 10_000;

/**
 * Calls Yubin, and again where nothing was decided: every POST is under an idempotency key, and the others set
 * something to what it is to be, so none happens twice.
 */
export const createCall = (options: ConnectionOptions): Call => {
  const base = new URL(options.baseUrl);
  const attemptsMax = options.attemptsMax ?? attemptsMaxDefault;

  const answerOf = async <Answer>(
    request: Request,
    read: (answer: Response) => Promise<Answer> | Answer,
  ): Promise<Answer> => {
    const url = urlOf(base, request);
    const headers = headersOf(options.apiKey, request);
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await tryOnce(url, { ...options, headers, request, read });
      if (!(outcome instanceof YubinError)) return outcome;
      if (attempt >= attemptsMax || !isUndecided(outcome)) throw outcome;
      await pause(pauseOf(attempt, outcome), undefined, signalOption(request));
    }
  };
  const call = <Answer>(request: Request): Promise<Answer> =>
    answerOf(request, (answer) => answer.json() as Promise<Answer>);
  return Object.assign(call, {
    stream: (request: Request) => answerOf(request, ({ body }) => body ?? emptyStream()),
  });
};

const emptyStream = (): ReadableStream<Uint8Array> => new Blob([]).stream();

const urlOf = (base: URL, { path, query = {} }: Request): URL => {
  const url = new URL(`${base.pathname.replace(/\/$/, "")}${path}`, base);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
};

/** The same for every try, the key among them. */
const headersOf = (apiKey: string, request: Request): Record<string, string> => ({
  accept: request.accept ?? "application/json",
  authorization: `Bearer ${apiKey}`,
  ...(hasBody(request) ? { "content-type": request.file?.type ?? "application/json" } : {}),
  ...(request.method === "POST"
    ? { "idempotency-key": request.idempotencyKey ?? randomUUID() }
    : {}),
});

const hasBody = ({ method }: Request): boolean => method !== "GET" && method !== "DELETE";

const initOf = (request: Request): RequestInit => ({
  method: request.method,
  redirect: "error", // an API key is for one host
  ...(hasBody(request)
    ? request.file
      ? { body: request.file.open(), duplex: "half" }
      : { body: JSON.stringify(request.body ?? {}) }
    : {}),
});

interface Try<Answer> extends Pick<ConnectionOptions, "timeoutMs"> {
  readonly headers: Record<string, string>;
  readonly request: Request;
  readonly read: (answer: Response) => Promise<Answer> | Answer;
}

const tryOnce = async <Answer>(
  url: URL,
  { headers, request, read, timeoutMs }: Try<Answer>,
): Promise<Answer | YubinError> => {
  // By hand: the time is for the answer, and a stream is read after it.
  const ending = new AbortController();
  const timer = setTimeout(
    () => ending.abort(),
    request.timeoutMs ?? timeoutMs ?? timeoutMsDefault,
  );
  const signal = request.signal ? AbortSignal.any([request.signal, ending.signal]) : ending.signal;
  try {
    const answer = await fetch(url, { ...initOf(request), headers, signal });
    return answer.ok ? await read(answer) : await errorOf(answer);
  } catch (error) {
    request.signal?.throwIfAborted();
    return new YubinError("Yubin could not be reached, or did not answer in time", {
      code: "unreachable",
      status: 0,
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
};

const signalOption = ({ signal }: Request) => (signal ? { signal } : {});

/** Not there, busy, or still at work on the same key: the same request may be answered otherwise in a moment. */
const isUndecided = ({ status, code }: YubinError): boolean =>
  status === 0 || status >= 500 || status === 429 || code === "in_progress";

const pauseOf = (attempt: number, { retryAfterMs }: YubinError): number => {
  const pauseMs = firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  return Math.min(Math.max(pauseMs, retryAfterMs ?? 0), pauseMaxMs);
};
