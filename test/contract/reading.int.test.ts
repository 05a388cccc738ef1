import { describe, expect, it } from "vitest";

import { openStore, server, times } from "./open-store.ts";
import type { Row } from "./open-store.ts";

interface Event extends Row {
  channelId: string;
  state: string;
  at: Date;
}

const idOf = (n: number): string => `c1/${String(n).padStart(6, "0")}`;

describe(`store contract on ${server}: reading many rows`, () => {
  const store = openStore();

  const insertEvents = async (count: number) => {
    const rows = store.collection<Event>();
    const events = times(count, (n) => ({
      _id: idOf(n),
      channelId: n % 2 === 0 ? "even" : "odd",
      state: "stored",
      at: new Date(1_790_000_000_000 + n),
    }));
    await rows.insertMany(events, { ordered: false });
    return rows;
  };

  it("sees each of 5,000 rows once through a cursor of small batches", async () => {
    const rows = await insertEvents(5_000);
    const seen: string[] = [];
    for await (const { _id } of rows.find().batchSize(300)) seen.push(_id);
    expect(seen).toHaveLength(5_000);
    expect(new Set(seen).size).toBe(5_000);
  });

  it("keeps order through a sorted cursor", async () => {
    const rows = await insertEvents(2_000);
    const seen: string[] = [];
    for await (const { _id } of rows.find().sort({ _id: -1 }).batchSize(250)) seen.push(_id);
    expect(seen).toEqual(times(2_000, (n) => idOf(1_999 - n)));
  });

  it("pages by _id range, sort and limit without gap or repeat", async () => {
    const rows = await insertEvents(1_050);
    const seen: string[] = [];
    for (let after = ""; ; after = seen.at(-1) ?? "") {
      const page = await rows
        .find({ _id: { $gt: after, $lt: "c2" }, channelId: "even" })
        .sort({ _id: 1 })
        .limit(100)
        .toArray();
      if (page.length === 0) break;
      seen.push(...page.map(({ _id }) => _id));
    }
    expect(seen).toEqual(times(525, (n) => idOf(n * 2)));
  });

  it("walks an open range by _id, filtered and in order, through one cursor read piece by piece", async () => {
    const rows = await insertEvents(1_050);
    const cursor = rows
      .find({ _id: { $gt: idOf(49) }, channelId: "even" })
      .project<{ _id: string }>({ _id: 1 })
      .sort({ _id: 1 })
      .batchSize(70);
    const seen: string[] = [];
    for (let row = await cursor.next(); row; row = await cursor.next()) {
      seen.push(row._id);
      // What is gone after it was passed changes nothing for the rest.
      if (seen.length % 100 === 0) await rows.deleteOne({ _id: row._id });
    }
    expect(seen).toEqual(times(500, (n) => idOf(50 + n * 2)));
  });

  it("reads a stretch of ids, both ends included, with a limit and only the fields asked for", async () => {
    const rows = await insertEvents(1_000);
    const stretch = (limit: number) =>
      rows
        .find({ _id: { $gte: idOf(100), $lte: idOf(600) }, channelId: "even" })
        .project({ state: 1 })
        .sort({ _id: 1 })
        .limit(limit)
        .batchSize(1_000)
        .toArray();
    expect(await stretch(750)).toEqual(
      times(251, (n) => ({ _id: idOf(100 + n * 2), state: "stored" })),
    );
    expect(await stretch(10)).toHaveLength(10);
  });

  it("reads a bounded range by an index on two fields, in its order", async () => {
    const rows = await insertEvents(1_000);
    await rows.createIndex({ channelId: 1, at: 1 });
    const found = await rows
      .find({
        channelId: "odd",
        at: { $gte: new Date(1_790_000_000_100), $lt: new Date(1_790_000_000_200) },
      })
      .sort({ at: 1 })
      .toArray();
    expect(found.map(({ _id }) => _id)).toEqual(times(50, (n) => idOf(101 + n * 2)));
  });

  it("finds 500 rows by a list of ids, and misses the unknown in silence", async () => {
    const rows = await insertEvents(1_000);
    const ids = [...times(500, (n) => idOf(n * 2)), "c1/none"];
    const found = await rows.find({ _id: { $in: ids } }).toArray();
    expect(found.map(({ _id }) => _id).toSorted()).toEqual(ids.slice(0, 500));
  });

  it("finishes a cursor over rows that are updated while it reads", async () => {
    const rows = await insertEvents(300);
    const seen = new Set<string>();
    for await (const { _id } of rows.find({ _id: { $gte: "c1/" } }).batchSize(30)) {
      seen.add(_id);
      await rows.updateOne({ _id }, { $set: { state: "applied" } });
    }
    expect(seen.size).toBe(300);
    expect(await rows.countDocuments({ state: "applied" })).toBe(300);
  });

  it("counts rows by a condition and all of them", async () => {
    const rows = await insertEvents(300);
    expect(await rows.countDocuments({ channelId: "odd" })).toBe(150);
    expect(await rows.countDocuments({ channelId: "none" })).toBe(0);
    expect(await rows.countDocuments()).toBe(300);
    expect(await rows.countDocuments({}, { limit: 10 })).toBe(10);
  });

  it("deletes one row, then all that match", async () => {
    const rows = await insertEvents(100);
    expect(await rows.deleteOne({ channelId: "odd" })).toMatchObject({ deletedCount: 1 });
    expect(await rows.deleteMany({ channelId: "odd" })).toMatchObject({ deletedCount: 49 });
    expect(await rows.deleteMany({ channelId: "odd" })).toMatchObject({ deletedCount: 0 });
    expect(await rows.countDocuments()).toBe(50);
  });
});
