import { Failure } from "@yubin/errors";
import { storeFailure } from "@yubin/store";
import mongoose from "mongoose";

const { MongoServerError } = mongoose.mongo;

/**
 * What the server says of one document, however often it is asked: bad value, bad BSON, parse, type, dots and dollars,
 * validation, keys and documents too large. Everything else it says is about itself.
 */
const refusals = new Set([2, 9, 14, 22, 52, 56, 57, 121, 10_334, 17_280]);

/**
 * `store.unavailable`, unless a document is at fault. Trouble of the server must never count against an event: it
 * would be set aside for good.
 */
export const asStoreFailure = (error: unknown): unknown => {
  const code = serverCodeOf(error);
  if (code === undefined) return storeFailure(error) ?? error;
  if (refusals.has(code)) return error;
  return new Failure("store.unavailable", "the database could not do it", {
    retryAfterMs: 2_000,
    cause: error,
  });
};

/** Of a whole operation, or of one row in a bulk write: the driver keeps the class of the latter to itself. */
const serverCodeOf = (error: unknown): number | undefined => {
  if (error instanceof MongoServerError) return Number(error.code);
  const isRowError = typeof error === "object" && error !== null && "errmsg" in error;
  return isRowError && "code" in error ? Number(error.code) : undefined;
};

/** Every call of a store fails with `store.unavailable` when it is the database's fault. */
export const failingAsStore = <Port extends object>(port: Port): Port =>
  Object.fromEntries(
    Object.entries(port).map(([name, call]: [string, (...args: never[]) => Promise<unknown>]) => [
      name,
      async (...args: never[]) => {
        try {
          return await call(...args);
        } catch (error) {
          throw asStoreFailure(error);
        }
      },
    ]),
  ) as Port;
