import { describe, expect, it } from "vitest";

import { errorCode, openStore, server, times } from "./open-store.ts";
import type { Row } from "./open-store.ts";

interface Counter extends Row {
  count: number;
  first: number;
  newest: number;
  oldest: number;
}

const at = (day: number): Date => new Date(Date.UTC(2026, 0, day));

describe(`store contract on ${server}: upserts`, () => {
  const store = openStore();

  it("inserts with the filter's fields, $set and $setOnInsert, and says that it did", async () => {
    const rows = store.collection();
    const result = await rows.updateOne(
      { _id: "a", workspaceId: "w1" },
      { $set: { state: "follow" }, $setOnInsert: { createdAt: 1 }, $inc: { count: 2 } },
      { upsert: true },
    );
    expect(result).toMatchObject({ upsertedCount: 1, upsertedId: "a", matchedCount: 0 });
    expect(await rows.findOne({ _id: "a" })).toEqual({
      _id: "a",
      workspaceId: "w1",
      state: "follow",
      createdAt: 1,
      count: 2,
    });
  });

  it("leaves $setOnInsert alone when the row is there, and says that it matched", async () => {
    const rows = store.collection();
    const upsert = (createdAt: number) =>
      rows.updateOne({ _id: "a" }, { $setOnInsert: { createdAt } }, { upsert: true });
    expect(await upsert(1)).toMatchObject({ upsertedCount: 1 });
    expect(await upsert(2)).toMatchObject({ upsertedCount: 0, matchedCount: 1, modifiedCount: 0 });
    expect(await rows.findOne({ _id: "a" })).toEqual({ _id: "a", createdAt: 1 });
  });

  it("moves $max only up and $min only down, numbers and dates alike", async () => {
    const rows = store.collection();
    for (const day of [5, 9, 2]) {
      await rows.updateOne(
        { _id: "a" },
        { $max: { newest: at(day), high: day }, $min: { oldest: at(day), low: day } },
        { upsert: true },
      );
    }
    expect(await rows.findOne({ _id: "a" })).toEqual({
      _id: "a",
      newest: at(9),
      high: 9,
      oldest: at(2),
      low: 2,
    });
  });

  it("makes one exact row of 2,000 concurrent upserts of one key", async () => {
    const rows = store.collection<Counter>();
    const upsert = async (n: number): Promise<void> => {
      const code = await errorCode(
        rows.updateOne(
          { _id: "a" },
          {
            $inc: { count: 1 },
            $setOnInsert: { first: n },
            $max: { newest: n },
            $min: { oldest: n },
          },
          { upsert: true },
        ),
      );
      // A server may answer the losers of the first insert with a duplicate, and nothing else.
      if (code === 11000) return upsert(n);
      if (code !== undefined) throw new Error(`refused with ${code}`);
    };
    await Promise.all(times(2_000, upsert));
    expect(await rows.find().toArray()).toMatchObject([
      { _id: "a", count: 2_000, newest: 1_999, oldest: 0 },
    ]);
  }, 180_000);

  it("refuses an upsert whose filter misses a row that holds the _id", async () => {
    const rows = store.collection();
    await rows.insertOne({ _id: "a", version: 2 });
    const stale = rows.updateOne({ _id: "a", version: 1 }, { $set: { x: 1 } }, { upsert: true });
    expect(await errorCode(stale)).toBe(11000);
  });

  it("replaces a whole row, and inserts it when it is missing", async () => {
    const rows = store.collection();
    await rows.replaceOne({ _id: "a" }, { one: 1 }, { upsert: true });
    await rows.replaceOne({ _id: "a" }, { two: 2 }, { upsert: true });
    expect(await rows.find().toArray()).toEqual([{ _id: "a", two: 2 }]);
  });
});
