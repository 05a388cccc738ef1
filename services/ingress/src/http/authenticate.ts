import { Failure } from "@yubin/errors";
import { isApiKey } from "@yubin/kit";
import type { Request, RequestHandler, Response } from "express";

import type { Caller } from "../domain/api-key.ts";

export interface AuthenticateDeps {
  /** Who holds this key; asked only for what can be a key. */
  callerOf(key: string): Promise<Caller | undefined>;
  /** A caller that was seen lately, without asking the store. */
  knownCallerOf(key: string): Caller | undefined;
  readonly failures: FailureLimit;
}

/** Counts wrong keys by source address. */
export interface FailureLimit {
  /** How long this address has to wait; 0 where it has not. */
  waitMs(address: string): Promise<number>;
  count(address: string): Promise<void>;
}

/** Finds out who asks, by Bearer or Basic, and never from a URL. */
export const authenticate =
  (deps: AuthenticateDeps): RequestHandler =>
  async (req, res, next) => {
    refuseKeysInUrl(req);
    const key = keyOf(req.headers.authorization);
    const address = req.ip ?? "unknown";
    const caller = deps.knownCallerOf(key) ?? (await lookUp(deps, key, address));
    if (!caller) {
      await deps.failures.count(address);
      throw wrongKey();
    }
    res.locals["caller"] = caller;
    next();
  };

/** Who asks; only behind `authenticate`. */
export const callerOf = (res: Response): Caller => {
  const caller = res.locals["caller"] as Caller | undefined;
  if (!caller) throw new Error("a route stands in front of authenticate");
  return caller;
};

/** An address that tries keys by the thousand is not worth a read; keys that work elsewhere are not touched. */
const lookUp = async (
  { callerOf: find, failures }: AuthenticateDeps,
  key: string,
  address: string,
): Promise<Caller | undefined> => {
  const waitMs = await failures.waitMs(address);
  if (waitMs > 0)
    throw new Failure("auth_rate_limited", "too many wrong keys from this address", {
      retryAfterMs: waitMs,
    });
  return isApiKey(key) ? find(key) : undefined;
};

const keyOf = (header: string | undefined): string => {
  if (header === undefined || header === "")
    throw new Failure("auth_missing", "give an API key in the Authorization header");
  const [, scheme = "", value = ""] = /^(\S+) +(\S+) *$/.exec(header) ?? [];
  if (scheme.toLowerCase() === "bearer") return value;
  if (scheme.toLowerCase() !== "basic") return "";
  const [user = "", ...rest] = Buffer.from(value, "base64").toString("utf8").split(":");
  const password = rest.join(":");
  // Segment's clients send the key as user name; Customer.io's as password, with a site id as user name.
  return isApiKey(user) ? user : password;
};

/** One text for malformed, unknown, revoked and expired: which of them it was helps only who guesses. */
const wrongKey = (): Failure => new Failure("auth_invalid", "the API key is not valid");

const keyParameters = /^(api[-_]?key|access[-_]?token|auth|authorization|key|token|bearer)$/i;

const refuseKeysInUrl = ({ originalUrl, query }: Request): void => {
  const named = Object.keys(query).some((name) => keyParameters.test(name));
  if (named || /yb_live_/i.test(originalUrl) || /yb(_|%5f)live/i.test(originalUrl))
    throw new Failure("auth_in_url_refused", "a key in a URL is logged on its way: revoke it");
};
