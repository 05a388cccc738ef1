import { mongo } from "mongoose";
import { describe, expect, it } from "vitest";

import { openStore, server, times } from "./open-store.ts";

describe(`store contract on ${server}: bulk writes`, () => {
  const store = openStore();

  it("inserts the rest of an unordered insertMany and names each duplicate by index and code", async () => {
    const rows = store.collection();
    await rows.insertMany([{ _id: "r2" }, { _id: "r5" }]);
    const batch = [...times(8, (n) => ({ _id: `r${n}` })), { _id: "r7" }];
    const error = await bulkError(rows.insertMany(batch, { ordered: false }));
    expect(error.insertedCount).toBe(6);
    expect(error.code).toBe(11000);
    expect(writeErrors(error)).toEqual([2, 5, 8].map((index) => ({ index, code: 11000 })));
    expect(await rows.countDocuments()).toBe(8);
  });

  it("does the rest of an unordered bulkWrite of every kind", async () => {
    const rows = store.collection();
    await rows.insertMany([{ _id: "old", n: 1 }, { _id: "gone" }, { _id: "there" }]);
    const error = await bulkError(
      rows.bulkWrite(
        [
          { insertOne: { document: { _id: "there" } } },
          { updateOne: { filter: { _id: "old" }, update: { $inc: { n: 1 } } } },
          { updateOne: { filter: { _id: "new" }, update: { $set: { n: 9 } }, upsert: true } },
          { deleteOne: { filter: { _id: "gone" } } },
          { insertOne: { document: { _id: "also" } } },
        ],
        { ordered: false },
      ),
    );
    expect(writeErrors(error)).toEqual([{ index: 0, code: 11000 }]);
    expect(error).toMatchObject({
      insertedCount: 1,
      modifiedCount: 1,
      upsertedCount: 1,
      deletedCount: 1,
    });
    expect(await rows.find().sort({ _id: 1 }).toArray()).toEqual([
      { _id: "also" },
      { _id: "new", n: 9 },
      { _id: "old", n: 2 },
      { _id: "there" },
    ]);
  });

  it("names the index of every upserted row", async () => {
    const rows = store.collection();
    await rows.insertOne({ _id: "r1" });
    const result = await rows.bulkWrite(
      times(3, (n) => ({
        updateOne: {
          filter: { _id: `r${n}` },
          update: { $setOnInsert: { isNew: true } },
          upsert: true,
        },
      })),
      { ordered: false },
    );
    expect(result.upsertedIds).toEqual({ 0: "r0", 2: "r2" });
    expect(result.matchedCount).toBe(1);
  });

  it("stores each row once when ten writers insert the same 500", async () => {
    const rows = store.collection();
    const batch = times(500, (n) => ({ _id: `r${n}` }));
    const results = await Promise.allSettled(
      times(10, () => rows.insertMany(batch, { ordered: false })),
    );
    const inserted = results.map((result) =>
      result.status === "fulfilled"
        ? result.value.insertedCount
        : asBulkError(result.reason).insertedCount,
    );
    const codes = results.flatMap((result) =>
      result.status === "rejected" ? writeErrors(asBulkError(result.reason)) : [],
    );
    expect(new Set(codes.map(({ code }) => code))).toEqual(new Set([11000]));
    expect(inserted.reduce((sum, n) => sum + n, 0)).toBe(500);
    expect(await rows.countDocuments()).toBe(500);
  });
});

const bulkError = async (write: Promise<unknown>): Promise<mongo.MongoBulkWriteError> =>
  asBulkError(
    await write.then(
      () => undefined,
      (reason: unknown) => reason,
    ),
  );

const asBulkError = (error: unknown): mongo.MongoBulkWriteError => {
  if (error instanceof mongo.MongoBulkWriteError) return error;
  throw new Error("expected a bulk write error", { cause: error });
};

const writeErrors = ({ writeErrors: some }: mongo.MongoBulkWriteError) =>
  [some].flat().map(({ index, code }) => ({ index, code }));
