import { Failure } from "@yubin/errors";
import mongoose from "mongoose";

const { MongoServerError, MongoError } = mongoose.mongo;

/** A second row with the same key. Recognised by its number alone: other servers leave the details out. */
export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === 11_000;

/** `store.unavailable` for anything that says "MongoDB did not do it", undefined for what is not about MongoDB. */
export const storeFailure = (error: unknown): Failure | undefined => {
  // Without a number it is not the server that spoke: bulk writes wrap a broken connection in an error of this class.
  if (error instanceof MongoServerError && typeof error.code === "number")
    return transient.has(error.code) ? away(error) : undefined;
  if (error instanceof MongoError || error instanceof mongoose.MongooseError) {
    if (
      error instanceof mongoose.Error.CastError ||
      error instanceof mongoose.Error.ValidationError
    )
      return undefined;
    if (error instanceof mongoose.Error.StrictModeError) return undefined;
    return away(error);
  }
  return isBrokenSocket(error) ? away(error) : undefined;
};

/** The driver lets the socket's own error through where it writes in the very moment that the server goes away. */
const isBrokenSocket = (error: unknown): boolean =>
  error instanceof Error && "code" in error && brokenSocket.has(String(error.code));

const brokenSocket: ReadonlySet<string> = new Set(["EPIPE", "ECONNRESET", "ECONNABORTED"]);

const away = (cause: unknown): Failure =>
  new Failure("store.unavailable", "the database did not answer in time", {
    retryAfterMs: 2_000,
    cause,
  });

/** Host unreachable, stepped down, shutting down, write-concern and time limits: the same request may work later. */
const transient = new Set([
  6, 7, 50, 64, 89, 91, 112, 189, 262, 9_001, 10_107, 11_600, 11_602, 13_435, 13_436,
]);
