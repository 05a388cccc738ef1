import { randomUUID } from "node:crypto";
import type { RequestHandler } from "express";

/** A new id for one request; a client's own is never taken, as it could be anybody's. */
export const newRequestId = (): string => `req_${randomUUID().replaceAll("-", "").slice(0, 24)}`; // several times faster than as many random bytes

/** Gives each request an id: in `res.locals.requestId`, and in the answer's `x-request-id`. */
export const requestId = (): RequestHandler => (_req, res, next) => {
  const id = newRequestId();
  res.locals["requestId"] = id;
  res.setHeader("x-request-id", id);
  next();
};
