import mongoose from "mongoose";
import { expect, it } from "vitest";

import { storeFailure } from "./store-failure.ts";

const { MongoBulkWriteError, MongoNetworkError, MongoServerError, MongoServerSelectionError } =
  mongoose.mongo;

/** As the driver's bulk writes throw whatever their one command met. */
const inBulk = (error: unknown): Error => new MongoBulkWriteError(error as never, {} as never);
const ofServer = (code: number): Error => new MongoServerError({ message: "no", code });

it.each([
  ["a connection that broke", new MongoNetworkError("connect ECONNREFUSED")],
  ["the same in a bulk write", inBulk(new MongoNetworkError("connect ECONNREFUSED"))],
  ["no server", new MongoServerSelectionError("none", {} as never)],
  ["no server for a bulk write", inBulk(new MongoServerSelectionError("none", {} as never))],
  ["a server that shuts down", ofServer(91)],
  ["the same in a bulk write", inBulk(ofServer(91))],
  ["a socket that breaks in a write", Object.assign(new Error("write EPIPE"), { code: "EPIPE" })],
  ["mongoose without a connection", new mongoose.MongooseError("not connected")],
])("%s is away, to be tried again", (_what, error) => {
  expect(storeFailure(error)).toMatchObject({
    code: "store.unavailable",
    retryAfterMs: 2_000,
    cause: error,
  });
});

it.each([
  ["a key that is there already", ofServer(11_000)],
  ["the same in a bulk write", inBulk(ofServer(11_000))],
  ["a document that is too large", ofServer(10_334)],
  ["an error of ours", new Error("bug")],
  ["a file that is not there", Object.assign(new Error("open ENOENT"), { code: "ENOENT" })],
  ["nothing", undefined],
])("%s is something else", (_what, error) => {
  expect(storeFailure(error)).toBeUndefined();
});
