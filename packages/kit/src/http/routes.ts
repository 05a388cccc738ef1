import { Failure } from "@yubin/errors";
import type { RequestHandler } from "express";

import { readinessAnswer, type Readiness } from "../readiness.ts";

/** For `app.all(path)`, after the methods that exist: 405 with what is allowed. */
export const methodNotAllowed =
  (allowed: readonly string[]): RequestHandler =>
  (_req, res) => {
    res.setHeader("allow", allowed.join(", "));
    throw new Failure("method_not_allowed", `only ${allowed.join(", ")} here`);
  };

/** After all routes. */
export const notFound = (): RequestHandler => () => {
  throw new Failure("not_found", "there is nothing at this path");
};

/** `GET /healthz` of a public app: the process lives. */
export const healthz = (): RequestHandler => (_req, res) => {
  res.json({ status: "ok" });
};

/** `GET /readyz` of a public app: what it cannot work without answers. */
export const readyz =
  (ready: () => Promise<Readiness[]>): RequestHandler =>
  async (_req, res) => {
    const { status, body } = await readinessAnswer(ready);
    res.status(status).json(body);
  };
