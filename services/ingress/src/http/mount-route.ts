import { Failure } from "@yubin/errors";
import { parseJson, readBody, streamBody } from "@yubin/kit";
import { limits } from "@yubin/types";
import type { Express, Request, RequestHandler, Response } from "express";
import { z } from "zod";

import { hasScope } from "../domain/api-key.ts";
import type { ApiAnswer, ApiRequest, ApiRoute, RouteTimeout } from "./api-route.ts";
import { callerOf } from "./authenticate.ts";
import { checked } from "./request-problem.ts";
import { checkIdempotencyKey, type Idempotently } from "./idempotently.ts";
import { sendStream } from "./send-stream.ts";

export interface MountDeps {
  readonly authenticate: RequestHandler;
  readonly limitRate: RequestHandler;
  readonly idempotently: Idempotently;
  /** Fails with the code when the time is up, and at once while the store is known to be away. */
  readonly within: <Value>(timeout: RouteTimeout, work: () => Promise<Value>) => Promise<Value>;
}

const bodyTimeoutMs = 10_000;
/** Of a route without a body: some clients send `{}` with every POST. */
const emptyBodyBytes = 1_024;
const nothing = z.strictObject({});

/** Puts a route behind access, limits, its schemas and Idempotency-Key, in this order. */
export const mountRoute = (app: Express, route: ApiRoute, deps: MountDeps): void => {
  const handlers: RequestHandler[] = [
    deps.authenticate,
    requireScope(route),
    deps.limitRate,
    ...readerOf(route),
    async (req, res) => send(res, await answerOf(route, req, deps)),
  ];
  app[route.method](route.path, handlers);
};

const readerOf = ({ method, body, batch, file }: ApiRoute): RequestHandler[] => {
  if (file) return [requireType(file.types)];
  const maxBytes = batch?.maxBytes ?? limits.apiBodyBytes;
  if (body) return [requireJson, readBody({ maxBytes, timeoutMs: bodyTimeoutMs })];
  return method === "post"
    ? [readBody({ maxBytes: emptyBodyBytes, timeoutMs: bodyTimeoutMs })]
    : [];
};

const requireScope =
  ({ scope }: ApiRoute): RequestHandler =>
  (_req, res, next) => {
    if (!hasScope(callerOf(res), scope))
      throw new Failure("scope_missing", `the key lacks the scope ${scope}`);
    next();
  };

const requireJson: RequestHandler = (req, _res, next) => {
  const type = req.headers["content-type"] ?? "";
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type))
    throw new Failure("content_type_unsupported", "the body must be application/json in UTF-8");
  next();
};

const requireType =
  (types: readonly string[]): RequestHandler =>
  (req, _res, next) => {
    const [type = "", ...more] = (req.headers["content-type"] ?? "").toLowerCase().split(";");
    const charset = more.map((one) => one.trim()).find((one) => one.startsWith("charset="));
    const isUtf8 = charset === undefined || /^charset="?utf-8"?$/.test(charset);
    if (!isUtf8 || !types.includes(type.trim()))
      throw new Failure("content_type_unsupported", `one of ${types.join(", ")}, in UTF-8`);
    next();
  };

const answerOf = (route: ApiRoute, req: Request, deps: MountDeps): Promise<ApiAnswer> => {
  refuseWorkspaceHeaders(req);
  const bytes = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
  const request: Omit<ApiRequest<unknown, unknown>, "idempotencyKey"> = {
    caller: callerOf(req.res as Response),
    params: req.params as Record<string, string>,
    query: checked(route.query, req.query),
    accept: req.headers.accept,
    file: streamBody(req, route.file ?? { maxBytes: 0, idleMs: bodyTimeoutMs }),
    body: bodyOf(route, bytes),
  };
  const given = req.headers["idempotency-key"];
  const work = (): Promise<ApiAnswer> =>
    route.creates === "no" || route.creates === "fact"
      ? route.handle({
          ...request,
          idempotencyKey: route.creates === "fact" ? checkIdempotencyKey(given) : undefined,
        })
      : deps.idempotently(
          {
            caller: request.caller,
            given,
            request: { method: req.method, path: req.path, bytes },
            secret: route.creates === "secret",
          },
          (idempotencyKey) => route.handle({ ...request, idempotencyKey }),
        );
  return deps.within(route.timeout, work);
};

const bodyOf = (route: ApiRoute, bytes: Buffer): unknown => {
  if (!route.body && bytes.length === 0) return undefined;
  const rules = { depth: limits.jsonDepth, ...(route.batch ? { rows: route.batch.rows } : {}) };
  return checked(route.body ?? nothing, parseJson(bytes, rules));
};

/** The key says which workspace; a header that says it as well is a misunderstanding or an attempt. */
const refuseWorkspaceHeaders = (req: Request): void => {
  const field = Object.keys(req.headers).find((name) => name.includes("workspace"));
  if (field !== undefined)
    throw new Failure("unknown_field", "the key decides the workspace", { field });
};

const send = (res: Response, { status, body, stream }: ApiAnswer): Promise<void> | void => {
  if (stream) return sendStream(res.status(status), stream);
  if (!res.req.complete) res.setHeader("connection", "close");
  if (body === undefined) res.status(status).end();
  else res.status(status).json(body);
};
