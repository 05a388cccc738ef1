import { randomBytes } from "node:crypto";

import { mongo } from "mongoose";
import { describe, expect, it } from "vitest";

import { openStore, server, times } from "./open-store.ts";
import type { Row } from "./open-store.ts";

const megabyte = 1024 * 1024;
/** Each server words it in its own way. */
const tooLarge = /large|maximum|size|exceed/i;

describe(`store contract on ${server}: values`, () => {
  const store = openStore();

  it("returns dates to the millisecond, before and after 1970", async () => {
    const rows = store.collection();
    const dates = [
      new Date(-1),
      new Date(0),
      new Date(1_790_000_000_123),
      new Date("9999-12-31T23:59:59.999Z"),
    ];
    await rows.insertOne({ _id: "a", dates });
    expect(await rows.findOne({ _id: "a" })).toEqual({ _id: "a", dates });
  });

  it("returns whole numbers as they are, and adds to them beyond 32 bits", async () => {
    const rows = store.collection();
    const numbers = [0, -1, 2 ** 31, 1_790_000_000_000, Number.MAX_SAFE_INTEGER];
    await rows.insertOne({ _id: "a", numbers, count: 2 ** 31 - 1 });
    await rows.updateOne({ _id: "a" }, { $inc: { count: 1 } });
    expect(await rows.findOne({ _id: "a" })).toEqual({ _id: "a", numbers, count: 2 ** 31 });
  });

  it("returns 64-bit numbers that JavaScript cannot hold", async () => {
    const rows = store.collection();
    const long = mongo.Long.fromString("9007199254740993");
    await rows.insertOne({ _id: "a", long });
    const row = await rows.findOne({ _id: "a" }, { promoteLongs: false });
    expect(String(row?.["long"])).toBe("9007199254740993");
  });

  it("returns bytes as they are", async () => {
    const rows = store.collection<Row & { sealed: mongo.Binary }>();
    const bytes = randomBytes(4_096);
    await rows.insertOne({ _id: "a", sealed: new mongo.Binary(bytes) });
    const row = await rows.findOne({ _id: "a" });
    expect(Buffer.compare(Buffer.from(row?.sealed.value() ?? []), bytes)).toBe(0);
  });

  it("tells null, a missing field, an empty text, list and object apart", async () => {
    const rows = store.collection();
    const row = { _id: "a", nothing: null, text: "", list: [], object: {}, no: false };
    await rows.insertOne(row);
    const found = await rows.findOne({ _id: "a" });
    expect(found).toEqual(row);
    expect(found).not.toHaveProperty("missing");
  });

  it("keeps field order, deep nesting and every script", async () => {
    const rows = store.collection();
    const deep = times(30, (n) => n).reduce<object>((inner) => ({ inner }), { end: true });
    const row = { _id: "a", z: 1, a: 2, m: { y: "郵便", b: "🙂", "a b": "\u0001" }, deep };
    await rows.insertOne(row);
    expect(JSON.stringify(await rows.findOne({ _id: "a" }))).toBe(JSON.stringify(row));
  });

  it("holds a batch of 500 personal bodies in one row", async () => {
    const rows = store.collection();
    const recipients = times(500, (n) => ({ to: `U${n}`, body: `${n}`.padEnd(5_000, "x") }));
    await rows.insertOne({ _id: "a", recipients });
    expect(await rows.findOne({ _id: "a" })).toEqual({ _id: "a", recipients });
  });

  it("refuses a row beyond 16 MB by an error, on insert and on growth, and lives on", async () => {
    const rows = store.collection<Row & { parts: string[] }>();
    const part = "x".repeat(megabyte);
    await expect(rows.insertOne({ _id: "big", parts: times(16, () => part) })).rejects.toThrow(
      tooLarge,
    );

    await rows.insertOne({ _id: "grows", parts: times(15, () => part) });
    const grow = rows.updateOne({ _id: "grows" }, { $push: { parts: { $each: [part, part] } } });
    await expect(grow).rejects.toThrow(tooLarge);

    expect(await rows.findOne({ _id: "big" })).toBeNull();
    expect((await rows.findOne({ _id: "grows" }))?.parts).toHaveLength(15);
  });
});
