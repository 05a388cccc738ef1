import { Failure } from "@yubin/errors";
import { limits } from "@yubin/types";

import type { FileRules, RouteTimeout } from "./api-route.ts";

/** What a file of people may be, for every route that takes one. */
export const importFile: FileRules = {
  maxBytes: limits.importBytes,
  idleMs: 30_000,
  types: [
    "text/csv",
    "application/x-ndjson",
    "application/ndjson",
    "application/octet-stream",
    "text/plain",
  ],
};

/** An hour for a gigabyte: whoever is slower goes on with the same import. */
export const importTimeout: RouteTimeout = { ms: 3_600_000, code: "body_timeout" };

const uploadsMax = 4;

export type UploadSlots = <Value>(work: () => Promise<Value>) => Promise<Value>;

/** So many files at once in this process: each keeps the database and a megabyte busy. */
export const createUploadSlots = (): UploadSlots => {
  let taken = 0;
  return async (work) => {
    if (taken >= uploadsMax)
      throw new Failure("rate_limited", `at most ${uploadsMax} files at once`, {
        retryAfterMs: 10_000,
      });
    taken += 1;
    try {
      return await work();
    } finally {
      taken -= 1;
    }
  };
};
