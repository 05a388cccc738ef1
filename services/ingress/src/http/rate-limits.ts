import { Failure } from "@yubin/errors";
import { ipKeyGenerator, MemoryStore, rateLimit, type Options } from "express-rate-limit";
import type { RequestHandler } from "express";

import { callerOf, type FailureLimit } from "./authenticate.ts";

const windowMs = 60_000;

/** So many requests a minute with one key, counted by each replica for itself; the headers say how many are left. */
export const limitRate = (perMinute: number): RequestHandler =>
  rateLimit({
    windowMs,
    limit: perMinute,
    standardHeaders: "draft-6",
    legacyHeaders: false,
    validate: false,
    keyGenerator: (_req, res) => callerOf(res).keyId,
    handler: (_req, res) => {
      const seconds = Number(res.getHeader("ratelimit-reset"));
      throw new Failure("rate_limited", `at most ${perMinute} requests a minute with one key`, {
        retryAfterMs: (Number.isFinite(seconds) && seconds > 0 ? seconds : 60) * 1_000,
      });
    },
  });

/** Counts wrong keys per address; IPv6 by its /64, which is what one customer has. */
export const createFailureLimit = (perMinute: number): FailureLimit & { close(): void } => {
  const store = new MemoryStore();
  store.init({ windowMs } as Options);
  const keyOf = (address: string): string => ipKeyGenerator(address, 64);
  return {
    waitMs: async (address) => {
      const seen = await store.get(keyOf(address));
      if (!seen || seen.totalHits < perMinute) return 0;
      return Math.max(1, (seen.resetTime?.getTime() ?? 0) - Date.now());
    },
    count: async (address) => {
      await store.increment(keyOf(address));
    },
    close: () => store.shutdown(),
  };
};
