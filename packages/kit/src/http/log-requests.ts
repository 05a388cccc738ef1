import type { RequestHandler } from "express";

import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";

/** One line and one measurement per request; by the route's pattern, as paths and queries hold ids and tokens. */
export const logRequests = ({
  log,
  metrics,
}: {
  readonly log: Logger;
  readonly metrics: Metrics;
}): RequestHandler => {
  const durations = metrics.histogram({
    name: "yubin_http_request_duration_seconds",
    help: "From the first byte of the request to the last of the answer.",
    labels: ["method", "route", "status"],
  });
  return (req, res, next) => {
    const startedAt = performance.now();
    res.once("close", () => {
      const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
      const route = patternOf(req.route);
      const status = res.writableFinished ? res.statusCode : 499;
      const { requestId, failureCode } = res.locals;
      durations.observe(
        { method: knownMethod(req.method), route, status: String(status) },
        durationMs / 1_000,
      );
      log.info(
        {
          requestId,
          method: knownMethod(req.method),
          route,
          status,
          code: failureCode,
          durationMs,
        },
        "request",
      );
    });
    next();
  };
};

const patternOf = (route: unknown): string => {
  const path =
    typeof route === "object" && route !== null && "path" in route ? route.path : undefined;
  return typeof path === "string" ? path : "(none)";
};

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const knownMethod = (method: string): string => (methods.has(method) ? method : "other");
