import { describe, expect, it } from "vitest";

import { openStore, server } from "./open-store.ts";

describe(`store contract on ${server}: searching`, () => {
  const store = openStore();

  it("matches a part of a text whatever its case, also inside arrays, and takes escapes literally", async () => {
    const rows = store.collection();
    await rows.insertMany([
      { _id: "a", accounts: [{ name: "Ann (VIP) O.Neil" }] },
      { _id: "b", accounts: [{ name: "x" }, { name: "ÜNAL ボブ" }] },
    ]);
    const like = async ($regex: string) =>
      (
        await rows
          .find({ "accounts.name": { $regex, $options: "i" } })
          .sort({ _id: 1 })
          .toArray()
      ).map(({ _id }) => _id);
    expect(await like("\\(vip\\) o\\.n")).toEqual(["a"]);
    expect(await like("ünal ボ")).toEqual(["b"]);
    expect(await like("\\.\\*")).toEqual([]);
  });

  it("tells a null that is there from one that is not", async () => {
    const rows = store.collection();
    await rows.insertMany([
      { _id: "a", traits: { gone: null } },
      { _id: "b", traits: {} },
    ]);
    const found = await rows.find({ "traits.gone": { $type: "null" } }).toArray();
    expect(found.map(({ _id }) => _id)).toEqual(["a"]);
  });

  it("counts by condition in one pass, and keeps the greatest of what it was told", async () => {
    const rows = store.collection();
    await rows.insertMany([
      { _id: "a", externalId: "x", friendOf: ["c"] },
      { _id: "b", externalId: null, friendOf: ["c", "d"] },
      { _id: "c", externalId: null, friendOf: [] },
    ]);
    const countWhere = (condition: object) => ({ $sum: { $cond: [condition, 1, 0] } });
    const group = {
      _id: null,
      identified: countWhere({ $gt: ["$externalId", null] }),
      reachable: countWhere({ $gt: [{ $size: "$friendOf" }, 0] }),
    };
    expect(await rows.aggregate([{ $group: group }]).toArray()).toEqual([
      { _id: null, identified: 1, reachable: 2 },
    ]);
    for (const peak of [3, 5, 4])
      await rows.updateOne({ _id: "peak" }, { $max: { peak } }, { upsert: true });
    expect(await rows.findOne({ _id: "peak" })).toMatchObject({ peak: 5 });
  });
});
