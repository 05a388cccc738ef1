import type { FailureCode } from "@yubin/errors";
import type { StreamLimits } from "@yubin/kit";
import type { Scope } from "@yubin/types";
import { z } from "zod";

import type { Caller } from "../domain/api-key.ts";

/** What a route gets: who asks, and what they ask, already checked against its schemas. */
export interface ApiRequest<Body, Query> {
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly body: Body;
  readonly query: Query;
  readonly idempotencyKey: string | undefined;
  /** The form of answer that the caller would like, for routes that have more than one. */
  readonly accept: string | undefined;
  /** The bytes of a file as they come, for routes that take one. */
  readonly file: AsyncIterable<Buffer>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body?: unknown;
  /** Instead of a body: sent piece by piece, no faster than it is taken. */
  readonly stream?: { readonly type: string; readonly pieces: AsyncIterable<string> };
}

/** A route of the API, described; `mountRoute` puts it behind everything that all of them share. */
export interface ApiRoute {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  readonly path: string;
  readonly scope: Scope;
  readonly body: z.ZodType | undefined;
  readonly query: z.ZodType;
  /** Instead of a body: not held in memory, so it may be large. */
  readonly file: FileRules | undefined;
  /**
   * Obeys Idempotency-Key; `secret` keeps the stored answer sealed, and `fact` stores none: the key names what is
   * stored, and the answer is read anew.
   */
  readonly creates: "no" | "yes" | "secret" | "fact";
  /** Of a body of many rows: its list, each item of which is checked by itself, and how long it may be. */
  readonly batch: RouteBatch | undefined;
  /** After which the caller is told that the answer did not come, and whose it was. */
  readonly timeout: RouteTimeout;
  handle(request: ApiRequest<unknown, unknown>): Promise<ApiAnswer>;
}

export interface FileRules extends StreamLimits {
  readonly types: readonly string[];
}

interface RouteSpec<Body extends z.ZodType, Query extends z.ZodType> {
  readonly method: ApiRoute["method"];
  readonly path: string;
  readonly scope: Scope;
  readonly body?: Body;
  readonly query?: Query;
  readonly file?: FileRules;
  readonly creates?: ApiRoute["creates"];
  readonly batch?: RouteBatch;
  readonly timeout?: RouteTimeout;
  handle(request: ApiRequest<z.output<Body>, z.output<Query>>): Promise<ApiAnswer>;
}

const noQuery = z.strictObject({});

export interface RouteBatch {
  readonly rows: string;
  readonly maxBytes: number;
}

export interface RouteTimeout {
  readonly ms: number;
  readonly code: FailureCode;
}

const storeTimeout: RouteTimeout = { ms: 5_000, code: "store.unavailable" };

/** For routes that ask LINE several things in a row. */
export const lineTimeout: RouteTimeout = { ms: 40_000, code: "line.unavailable" };

/** Ties the handler's types to the schemas, which alone decide what reaches it. */
export const defineRoute = <Body extends z.ZodType, Query extends z.ZodType = typeof noQuery>(
  spec: RouteSpec<Body, Query>,
): ApiRoute => ({
  method: spec.method,
  path: spec.path,
  scope: spec.scope,
  body: spec.body,
  query: spec.query ?? noQuery,
  file: spec.file,
  creates: spec.creates ?? "no",
  batch: spec.batch,
  timeout: spec.timeout ?? storeTimeout,
  handle: (request) => spec.handle(request as ApiRequest<z.output<Body>, z.output<Query>>),
});
