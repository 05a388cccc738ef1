import { asFailure, Failure, type FailureCode } from "@yubin/errors";
import type { ErrorRequestHandler, Response } from "express";

import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { newRequestId } from "./request-id.ts";

export interface ErrorHandlerOptions {
  readonly log: Logger;
  readonly metrics?: Metrics;
  /** Names the failure behind an error of a part that kit does not know, such as the store. */
  readonly failureOf?: (error: unknown) => Failure | undefined;
}

/** The last handler of an app: answers every error in the shape of the contract, also the ones nobody foresaw. */
export const errorHandler = ({
  log,
  metrics,
  failureOf,
}: ErrorHandlerOptions): ErrorRequestHandler => {
  const answered = metrics?.counter({
    name: "yubin_http_errors_total",
    help: "Errors answered, by code.",
    labels: ["code"],
  });
  return (error: unknown, req, res, _next) => {
    try {
      const failure = failureFrom(error, failureOf);
      if (failure.status >= 500)
        log.error(
          { requestId: requestIdOf(res), err: error, code: failure.code },
          "request failed",
        );
      res.locals["failureCode"] = failure.code;
      answered?.inc({ code: failure.code });
      if (!req.complete && !res.headersSent) res.setHeader("connection", "close");
      answer(res, failure);
    } catch (second) {
      lastResort(res, log, second);
    }
  };
};

const failureFrom = (error: unknown, failureOf: ErrorHandlerOptions["failureOf"]): Failure => {
  if (error instanceof Failure) return error;
  return failureOf?.(error) ?? httpFailure(error) ?? asFailure(error);
};

/** Express and its parsers throw errors with a status: a malformed path is the one that clients can cause. */
const httpFailure = (error: unknown): Failure | undefined => {
  if (!(error instanceof Error) || !("status" in error)) return undefined;
  const { status } = error;
  if (typeof status !== "number" || status < 400 || status > 499) return undefined;
  const { code, message } = byStatus[status] ?? {
    code: "request_invalid" as const,
    message: "the request cannot be understood",
  };
  return new Failure(code, message, { cause: error });
};

const byStatus: Readonly<Record<number, { code: FailureCode; message: string }>> = {
  400: { code: "request_invalid", message: "the path or query is not well-formed" },
  404: { code: "not_found", message: "there is nothing at this path" },
  413: { code: "body_too_large", message: "the body is too large" },
  415: { code: "encoding_unsupported", message: "the body must not be compressed" },
};

/** Of a 503 whose cause gave no time: those who come back at once keep it away. */
const awayMs = 2_000;

const answer = (res: Response, failure: Failure): void => {
  if (res.headersSent) {
    // Half an answer is worse than a broken one: the client must not take it for whole.
    res.destroy();
    return;
  }
  const retryAfterMs = failure.retryAfterMs ?? (failure.status === 503 ? awayMs : undefined);
  if (retryAfterMs !== undefined)
    res.setHeader("retry-after", String(Math.max(1, Math.ceil(retryAfterMs / 1_000))));
  res.status(failure.status).json({
    error: {
      code: failure.code,
      message: failure.message,
      ...(failure.field === undefined ? {} : { field: failure.field }),
      requestId: requestIdOf(res),
    },
  });
};

const requestIdOf = (res: Response): string => {
  const given: unknown = res.locals["requestId"];
  if (typeof given === "string") return given;
  const id = newRequestId();
  res.locals["requestId"] = id;
  return id;
};

const lastResort = (res: Response, log: Logger, error: unknown): void => {
  try {
    log.error({ err: error }, "the error handler failed");
  } finally {
    if (res.headersSent || res.destroyed) res.destroy();
    else {
      const body = { code: "internal", message: "something went wrong on our side" };
      res.statusCode = 500;
      res.setHeader("content-type", "application/json");
      res.end(JSON.stringify({ error: { ...body, requestId: requestIdOf(res) } }));
    }
  }
};
