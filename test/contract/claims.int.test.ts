import { describe, expect, it } from "vitest";

import { openStore, server, times } from "./open-store.ts";
import type { Row } from "./open-store.ts";

interface Work extends Row {
  state: string;
  dueAt: number;
  claims: number;
}

describe(`store contract on ${server}: claims`, () => {
  const store = openStore();

  const insertWork = async (count: number) => {
    const rows = store.collection<Work>();
    await rows.createIndex({ state: 1, dueAt: 1 });
    await rows.insertMany(
      times(count, (n) => ({ _id: `w${n}`, state: "queued", dueAt: count - n, claims: 0 })),
    );
    return rows;
  };

  it("claims the first row in order and returns it as it is afterwards", async () => {
    const rows = await insertWork(3);
    const claimed = await rows.findOneAndUpdate(
      { state: "queued" },
      { $set: { state: "claimed" }, $inc: { claims: 1 } },
      { sort: { dueAt: 1 }, returnDocument: "after" },
    );
    expect(claimed).toEqual({ _id: "w2", state: "claimed", dueAt: 1, claims: 1 });
  });

  it("returns null when nothing is left, and the row as it was when asked for that", async () => {
    const rows = await insertWork(1);
    const claim = () =>
      rows.findOneAndUpdate(
        { state: "queued" },
        { $set: { state: "claimed" } },
        { returnDocument: "before", projection: { state: 1, _id: 0 } },
      );
    expect(await claim()).toEqual({ state: "queued" });
    expect(await claim()).toBeNull();
  });

  it("gives 200 rows to 50 claimers, each row to one", async () => {
    const rows = await insertWork(200);
    const claimAll = async (claimer: number): Promise<string[]> => {
      const ids: string[] = [];
      for (;;) {
        const row = await rows.findOneAndUpdate(
          { state: "queued" },
          { $set: { state: "claimed", claimer }, $inc: { claims: 1 } },
          { sort: { dueAt: 1 }, returnDocument: "after" },
        );
        if (!row) return ids;
        ids.push(row._id);
      }
    };
    const ids = (await Promise.all(times(50, claimAll))).flat();
    expect(ids).toHaveLength(200);
    expect(new Set(ids).size).toBe(200);
    expect(await rows.countDocuments({ claims: 1 })).toBe(200);
  });

  it("upserts and returns the new row in one step", async () => {
    const rows = store.collection<Row & { n: number }>();
    const row = await rows.findOneAndUpdate(
      { _id: "a" },
      { $inc: { n: 5 } },
      { upsert: true, returnDocument: "after" },
    );
    expect(row).toEqual({ _id: "a", n: 5 });
  });

  it("removes and returns a row once", async () => {
    const rows = await insertWork(1);
    const taken = await Promise.all(times(20, () => rows.findOneAndDelete({ _id: "w0" })));
    expect(taken.filter((row) => row !== null)).toHaveLength(1);
  });
});
