import { describe, expect, it } from "vitest";

import { errorCode, openStore, server, times } from "./open-store.ts";
import type { Row } from "./open-store.ts";

describe(`store contract on ${server}: indexes`, () => {
  const store = openStore();

  it("creates the same index again as a no-op, also from ten processes at once", async () => {
    const rows = store.collection();
    const names = await Promise.all(
      times(10, () => rows.createIndex({ workspaceId: 1, externalId: 1 }, { unique: true })),
    );
    expect(new Set(names)).toEqual(new Set(["workspaceId_1_externalId_1"]));
    const indexes = await rows.listIndexes().toArray();
    expect(indexes).toHaveLength(2);
    expect(new Set(indexes.map(({ name }) => name as unknown))).toEqual(
      new Set(["_id_", "workspaceId_1_externalId_1"]),
    );
  });

  it("lists an index with its keys and options", async () => {
    const rows = store.collection();
    await rows.createIndex({ state: 1, at: -1 });
    await rows.createIndex({ externalId: 1 }, { unique: true });
    const indexes = await rows.listIndexes().toArray();
    expect(indexes).toHaveLength(3);
    expect(indexes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ key: { _id: 1 } }),
        expect.objectContaining({ key: { state: 1, at: -1 } }),
        expect.objectContaining({ key: { externalId: 1 }, unique: true }),
      ]),
    );
  });

  it("finds by a value in a list through a sparse index, and rows without the list all the same", async () => {
    const rows = store.collection();
    await rows.createIndex({ names: 1 }, { sparse: true });
    await rows.insertMany([{ _id: "a", names: ["x", "y"] }, { _id: "b" }]);
    const ids = async (filter: object) =>
      (await rows.find(filter).toArray()).map(({ _id }) => _id).toSorted();
    expect(await ids({ names: { $in: ["y", "z"] } })).toEqual(["a"]);
    await rows.updateOne({ _id: "a" }, { $pull: { names: { $in: ["y"] } } } as object);
    expect(await ids({ names: "y" })).toEqual([]);
    expect(await ids({})).toEqual(["a", "b"]);
    expect(await rows.listIndexes().toArray()).toContainEqual(
      expect.objectContaining({ key: { names: 1 }, sparse: true }),
    );
  });

  it("reads the newest first from a range of texts of a sparse index, which most rows are not in", async () => {
    const rows = store.collection<Row & { place?: string }>();
    await rows.createIndex({ place: 1 }, { sparse: true });
    await rows.insertMany(
      times(500, (n) => ({
        _id: `b${n}`,
        ...(n % 100 === 0 ? { place: `w${n % 200}/${String(n).padStart(4, "0")}` } : {}),
      })),
    );
    const range = { place: { $gte: "w0/", $lt: "w00" } };
    const found = await rows.find(range).sort({ place: -1 }).limit(2).toArray();
    expect(found.map(({ place }) => place)).toEqual(["w0/0400", "w0/0200"]);
    const rest = { place: { $gte: "w0/", $lt: "w0/0200" } };
    expect(await rows.find(rest).sort({ place: -1 }).limit(2).toArray()).toEqual([
      { _id: "b0", place: "w0/0000" },
    ]);
    const { executionStats } = (await rows
      .find(range)
      .sort({ place: -1 })
      .explain("executionStats")) as { executionStats: { totalDocsExamined: number } };
    expect(executionStats.totalDocsExamined).toBe(3);
  });

  it("sums from a sparse index of nested fields, which most rows are not in", async () => {
    const rows = store.collection<Row & { cut?: { of: string; by: string; count: number } }>();
    const keys = { "cut.of": 1, "cut.by": 1, "cut.count": 1 } as const;
    await rows.createIndex(keys, { sparse: true });
    await rows.insertMany(
      times(500, (n) => ({
        _id: `b${n}`,
        ...(n % 50 === 0 ? { cut: { of: "w", by: `c${n % 100}`, count: n } } : {}),
      })),
    );
    await rows.updateOne({ _id: "b1" }, { $set: { cut: { of: "w2", by: "c0", count: 1 } } });
    const match = { "cut.of": "w", "cut.by": { $in: ["c0", "c9"] } };
    const group = { _id: "$cut.by", count: { $sum: "$cut.count" } };
    const sums = await rows.aggregate([{ $match: match }, { $group: group }]).toArray();
    expect(sums).toEqual([{ _id: "c0", count: 1_000 }]);
    expect(await rows.countDocuments()).toBe(500);
  });

  it("refuses the same keys with other options", async () => {
    const rows = store.collection();
    await rows.createIndex({ externalId: 1 });
    const code = await errorCode(rows.createIndex({ externalId: 1 }, { unique: true }));
    expect([85, 86]).toContain(code);
  });

  it("refuses a unique index over rows that repeat a value", async () => {
    const rows = store.collection();
    await rows.insertMany([
      { _id: "a", externalId: "x" },
      { _id: "b", externalId: "x" },
    ]);
    expect(await errorCode(rows.createIndex({ externalId: 1 }, { unique: true }))).toBe(11000);
  });

  it("accepts an index that expires rows, and keeps those that are not due", async () => {
    const rows = store.collection();
    await rows.createIndex({ receivedAt: 1 }, { expireAfterSeconds: 2_592_000 });
    await rows.insertOne({ _id: "a", receivedAt: new Date() });
    const indexes = await rows.listIndexes().toArray();
    expect(indexes).toContainEqual(
      expect.objectContaining({ key: { receivedAt: 1 }, expireAfterSeconds: 2_592_000 }),
    );
    expect(await rows.countDocuments()).toBe(1);
  });

  it("finds by an element of an indexed array within a range of ids, in order", async () => {
    const rows = store.collection<Row & { profileIds: string[] }>();
    await rows.createIndex({ profileIds: 1, _id: 1 });
    await rows.insertMany(
      times(600, (n) => ({
        _id: `b${String(n).padStart(3, "0")}`,
        profileIds: [`p${n % 3}`, "all"],
      })),
    );
    const found = await rows
      .find({ profileIds: "p1", _id: { $gt: "b100", $lte: "b200" } })
      .sort({ _id: 1 })
      .limit(10)
      .toArray();
    expect(found.map(({ _id }) => _id)).toEqual(
      times(10, (n) => `b${String(103 + n * 3).padStart(3, "0")}`),
    );
  });

  it("keeps an indexed array in step with $addToSet and $pull", async () => {
    const rows = store.collection<Row & { aliases: string[] }>();
    await rows.createIndex({ aliases: 1 });
    await rows.insertOne({ _id: "a", aliases: ["one"] });
    await rows.updateOne({ _id: "a" }, { $addToSet: { aliases: "two" } });
    await rows.updateOne({ _id: "a" }, { $pull: { aliases: "one" } });
    expect(await rows.countDocuments({ aliases: "two" })).toBe(1);
    expect(await rows.countDocuments({ aliases: "one" })).toBe(0);
  });

  it("drops an index by its name", async () => {
    const rows = store.collection();
    const name = await rows.createIndex({ state: 1 });
    await rows.dropIndex(name);
    expect(await rows.listIndexes().toArray()).toHaveLength(1);
  });
});
