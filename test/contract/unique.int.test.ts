import { describe, expect, it } from "vitest";

import { errorCode, openStore, server, times } from "./open-store.ts";
import type { Row } from "./open-store.ts";

interface Profile extends Row {
  workspaceId: string;
  externalId: string;
}

describe(`store contract on ${server}: uniqueness`, () => {
  const store = openStore();

  it("refuses a second row with the same _id by code 11000", async () => {
    const rows = store.collection();
    await rows.insertOne({ _id: "a", n: 1 });
    expect(await errorCode(rows.insertOne({ _id: "a", n: 2 }))).toBe(11000);
    expect(await rows.findOne({ _id: "a" })).toEqual({ _id: "a", n: 1 });
  });

  it("lets one of 100 concurrent inserts of one _id through", async () => {
    const rows = store.collection();
    const codes = await Promise.all(times(100, (n) => errorCode(rows.insertOne({ _id: "a", n }))));
    expect(codes.filter((code) => code === undefined)).toHaveLength(1);
    expect(codes.filter((code) => code === 11000)).toHaveLength(99);
  });

  it("enforces a unique compound index over whole fields", async () => {
    const rows = store.collection<Profile>();
    await rows.createIndex({ workspaceId: 1, externalId: 1 }, { unique: true });
    await rows.insertOne({ _id: "a", workspaceId: "w1", externalId: "x" });
    await rows.insertOne({ _id: "b", workspaceId: "w2", externalId: "x" });
    const double = { _id: "c", workspaceId: "w1", externalId: "x" };
    expect(await errorCode(rows.insertOne(double))).toBe(11000);
  });

  it("enforces the compound index against updates and concurrent inserts", async () => {
    const rows = store.collection<Profile>();
    await rows.createIndex({ workspaceId: 1, externalId: 1 }, { unique: true });
    const codes = await Promise.all(
      times(50, (n) =>
        errorCode(rows.insertOne({ _id: `p${n}`, workspaceId: "w1", externalId: "x" })),
      ),
    );
    expect(codes.filter((code) => code === undefined)).toHaveLength(1);

    await rows.insertOne({ _id: "q", workspaceId: "w1", externalId: "y" });
    const rename = rows.updateOne({ _id: "q" }, { $set: { externalId: "x" } });
    expect(await errorCode(rename)).toBe(11000);
  });

  it("keeps text ids apart by every byte", async () => {
    const rows = store.collection();
    const ids = ["c1/E1", "c1/e1", "c1/E1 ", "ｃ1/E1", "c1/É", "c1/E\u0301", "c1/🙂"];
    await rows.insertMany(ids.map((_id) => ({ _id })));
    const found = await rows.find().toArray();
    expect(found.map(({ _id }) => _id).toSorted()).toEqual(ids.toSorted());
  });
});
