import { describe, expect, it } from "vitest";

import { openStore, server, times } from "./open-store.ts";
import type { Row } from "./open-store.ts";

interface Versioned extends Row {
  version: number;
  owners: number[];
}

const at = (hour: number): Date => new Date(Date.UTC(2026, 0, 1, hour));

describe(`store contract on ${server}: conditional updates`, () => {
  const store = openStore();

  it("lets exactly one of 100 contenders win each version", async () => {
    const rows = store.collection<Versioned>();
    await rows.insertOne({ _id: "a", version: 0, owners: [] });
    const winners: number[] = [];

    for (const version of times(5, (n) => n)) {
      const results = await Promise.all(
        times(100, (n) =>
          rows.updateOne(
            { _id: "a", version },
            { $set: { version: version + 1 }, $push: { owners: n } },
          ),
        ),
      );
      const won = results.flatMap(({ modifiedCount }, n) => (modifiedCount === 1 ? [n] : []));
      expect(won).toHaveLength(1);
      winners.push(...won);
    }
    expect(await rows.findOne({ _id: "a" })).toEqual({ _id: "a", version: 5, owners: winners });
  });

  it("loses no change among 40 writers that read, then write on their version, and repeat", async () => {
    const rows = store.collection<Versioned>();
    await rows.insertOne({ _id: "a", version: 0, owners: [] });

    const append = async (n: number): Promise<void> => {
      for (;;) {
        const seen = await rows.findOne({ _id: "a" });
        if (!seen) throw new Error("the row is gone");
        const { modifiedCount } = await rows.updateOne(
          { _id: "a", version: seen.version },
          { $set: { owners: [...seen.owners, n], version: seen.version + 1 } },
        );
        if (modifiedCount === 1) return;
      }
    };
    for (const round of times(4, (n) => n * 10)) {
      await Promise.all(times(10, (n) => append(round + n)));
    }

    const { version, owners } = (await rows.findOne({ _id: "a" })) ?? { version: 0, owners: [] };
    expect(version).toBe(40);
    expect(owners.toSorted((one, other) => one - other)).toEqual(times(40, (n) => n));
  });

  it("writes nothing when a condition on a date, a missing field or null does not hold", async () => {
    const rows = store.collection();
    await rows.insertOne({ _id: "a", at: at(5), mergedInto: null });

    const write = (condition: object) =>
      rows.updateOne({ _id: "a", ...condition }, { $inc: { writes: 1 } });
    expect(await write({ at: { $lt: at(5) } })).toMatchObject({ matchedCount: 0 });
    expect(await write({ mergedInto: "b" })).toMatchObject({ matchedCount: 0 });
    expect(await write({ leaseUntil: { $exists: true } })).toMatchObject({ matchedCount: 0 });

    expect(await write({ at: { $lt: at(6) } })).toMatchObject({ modifiedCount: 1 });
    expect(await write({ mergedInto: null, absent: null })).toMatchObject({ modifiedCount: 1 });
    expect(await rows.findOne({ _id: "a" })).toMatchObject({ writes: 2 });
  });

  it("keeps the newest of events that arrive in any order, ties broken by their id", async () => {
    const rows = store.collection();
    const apply = (time: number, eventId: string, state: string) =>
      rows.updateOne(
        { _id: "a", $or: [{ time: { $lt: time } }, { time, eventId: { $lt: eventId } }] },
        { $set: { time, eventId, state } },
      );
    await rows.insertOne({ _id: "a", time: 0, eventId: "", state: "unknown" });
    await Promise.all([
      apply(2, "e2", "unfollow"),
      apply(1, "e9", "follow"),
      apply(2, "e3", "follow"),
      apply(1, "e1", "unfollow"),
    ]);
    expect(await rows.findOne({ _id: "a" })).toMatchObject({
      time: 2,
      eventId: "e3",
      state: "follow",
    });
  });

  it("counts in nested fields that are not there yet, and makes no row where there is none", async () => {
    const rows = store.collection<Row & { seen?: object }>();
    await rows.insertOne({ _id: "a" });
    const count = (_id: string, day: number) => ({
      updateOne: {
        filter: { _id },
        update: {
          $inc: { "seen.count": 1 },
          $min: { "seen.firstAt": at(day) },
          $max: { "seen.lastAt": at(day) },
        },
      },
    });
    const result = await rows.bulkWrite([count("a", 2), count("b", 2), count("a", 1)], {
      ordered: false,
    });
    expect(result).toMatchObject({ matchedCount: 2, upsertedCount: 0 });
    expect(await rows.find().toArray()).toEqual([
      { _id: "a", seen: { count: 2, firstAt: at(1), lastAt: at(2) } },
    ]);
  });

  it("sets and removes fields, counts what changed, and counts no change as matched only", async () => {
    const rows = store.collection();
    await rows.insertMany(times(5, (n) => ({ _id: `r${n}`, state: "queued", lease: 1 })));
    const all = await rows.updateMany({}, { $set: { state: "held" }, $unset: { lease: "" } });
    expect(all).toMatchObject({ matchedCount: 5, modifiedCount: 5 });
    const again = await rows.updateMany({}, { $set: { state: "held" }, $unset: { lease: "" } });
    expect(again).toMatchObject({ matchedCount: 5, modifiedCount: 0 });
    expect(await rows.findOne({ _id: "r0" })).toEqual({ _id: "r0", state: "held" });
  });
});
