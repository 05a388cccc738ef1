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

export interface Request extends CallOptions {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined;
  readonly body?: unknown;
}

export type Call = <Answer>(request: Request) => Promise<Answer>;

const timeoutMsDefault = 10_000;
const attemptsMaxDefault = 5;
const firstPauseMs = 200;
const pauseMaxMs = 10_000;

/** Calls Yubin, and again where nothing was decided: every POST is under an idempotency key, so none happens twice. */
export const createCall = (options: ConnectionOptions): Call => {
  const base = new URL(options.baseUrl);
  const attemptsMax = options.attemptsMax ?? attemptsMaxDefault;

  return async <Answer>(request: Request): Promise<Answer> => {
    const url = urlOf(base, request);
    const init = initOf(options.apiKey, request);
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await tryOnce(url, { ...init, signal: signalOf(options, request) }, request);
      if (!(outcome instanceof YubinError)) return outcome as Answer;
      if (attempt >= attemptsMax || !isUndecided(outcome)) throw outcome;
      await pause(pauseOf(attempt, outcome), undefined, signalOption(request));
    }
  };
};

const urlOf = (base: URL, { path, query = {} }: Request): URL => {
  const url = new URL(`${base.pathname.replace(/\/$/, "")}${path}`, base);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
};

const initOf = (apiKey: string, { method, body, idempotencyKey }: Request): RequestInit => ({
  method,
  redirect: "error", // an API key is for one host
  headers: {
    accept: "application/json",
    authorization: `Bearer ${apiKey}`,
    ...(method === "GET" ? {} : { "content-type": "application/json" }),
    ...(method === "GET" ? {} : { "idempotency-key": idempotencyKey ?? randomUUID() }),
  },
  ...(method === "GET" ? {} : { body: JSON.stringify(body ?? {}) }),
});

const signalOf = ({ timeoutMs }: ConnectionOptions, { signal }: Request): AbortSignal => {
  const timeout = AbortSignal.timeout(timeoutMs ?? timeoutMsDefault);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
};

const signalOption = ({ signal }: Request) => (signal ? { signal } : {});

const tryOnce = async (url: URL, init: RequestInit, { signal }: Request): Promise<unknown> => {
  try {
    const answer = await fetch(url, init);
    if (!answer.ok) return await errorOf(answer);
    return await answer.json();
  } catch (error) {
    signal?.throwIfAborted();
    return new YubinError("Yubin could not be reached, or did not answer in time", {
      code: "unreachable",
      status: 0,
      cause: error,
    });
  }
};

/** Not there, busy, or still at work on the same key: the same request may be answered otherwise in a moment. */
const isUndecided = ({ status, code }: YubinError): boolean =>
  status === 0 || status >= 500 || status === 429 || code === "in_progress";

const pauseOf = (attempt: number, { retryAfterMs }: YubinError): number => {
  const pauseMs = firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  return Math.min(Math.max(pauseMs, retryAfterMs ?? 0), pauseMaxMs);
};
