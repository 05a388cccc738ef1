import { Failure } from "@yubin/errors";
import { storeFailure } from "@yubin/store";
import mongoose from "mongoose";

const { MongoServerError, WriteError } = mongoose.mongo;

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
  if (!(error instanceof MongoServerError || error instanceof WriteError))
    return storeFailure(error) ?? error;
  if (refusals.has(Number(error.code))) return error;
  return new Failure("store.unavailable", "the database could not do it", {
    retryAfterMs: 2_000,
    cause: error,
  });
};
