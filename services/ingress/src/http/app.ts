import {
  errorHandler,
  healthz,
  logRequests,
  methodNotAllowed,
  notFound,
  readBody,
  readyz,
  requestId,
  type Logger,
  type Metrics,
  type Readiness,
} from "@yubin/kit";
import type { Failure } from "@yubin/errors";
import { limits } from "@yubin/types";
import express, { type Express, type RequestHandler } from "express";

import type { ApiRoute } from "./api-route.ts";
import { mountClickLinks, type ClickRouteDeps } from "./click-routes.ts";
import type { LinkPageDeps } from "./link-page/link-page.ts";
import { mountLinkPage } from "./link-page/link-routes.ts";
import { mountRoute, type MountDeps } from "./mount-route.ts";
import { requireSignature } from "./post-inbound-line.ts";

export interface AppDeps extends MountDeps {
  readonly routes: readonly ApiRoute[];
  readonly postInboundLine: RequestHandler;
  readonly linkPage: LinkPageDeps;
  readonly clickLinks: ClickRouteDeps;
  readonly ready: () => Promise<Readiness[]>;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly failureOf: (error: unknown) => Failure | undefined;
  /** How many proxies in front of us may say where a request came from. */
  readonly trustedProxies: number;
}

const webhookBody = { maxBytes: limits.webhookBodyBytes, timeoutMs: 5_000 };

/** The whole public surface: what is not here is 404. */
export const createApp = (deps: AppDeps): Express => {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("case sensitive routing");
  app.enable("strict routing");
  app.set("trust proxy", deps.trustedProxies);

  app.use(requestId(), logRequests(deps), safeHeaders);
  for (const path of ["/inbound/line", "/inbound/line/:channelId"]) {
    app.post(path, requireSignature, readBody(webhookBody), deps.postInboundLine);
    app.all(path, methodNotAllowed(["POST"]));
  }
  app.get("/healthz", healthz());
  app.get("/readyz", readyz(deps.ready));
  mountLinkPage(app, deps.linkPage);
  mountClickLinks(app, deps.clickLinks);
  for (const route of deps.routes) mountRoute(app, route, deps);
  for (const [path, methods] of methodsByPath(deps.routes))
    app.all(path, methodNotAllowed(methods));

  app.use(notFound());
  app.use(errorHandler(deps));
  return app;
};

/** Answers are for the one who asked: never guessed at, kept, or framed. */
const safeHeaders: RequestHandler = (_req, res, next) => {
  res.setHeader("x-content-type-options", "nosniff");
  res.setHeader("cache-control", "no-store");
  res.setHeader("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  res.setHeader("referrer-policy", "no-referrer");
  next();
};

const methodsByPath = (routes: readonly ApiRoute[]): Map<string, string[]> => {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes)
    methods.set(path, [...(methods.get(path) ?? []), method.toUpperCase()]);
  return methods;
};
