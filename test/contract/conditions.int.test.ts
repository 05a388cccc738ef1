import { describe, expect, it } from "vitest";

import { openStore, server } from "./open-store.ts";

const people = [
  {
    _id: "p1",
    externalId: "x1",
    tags: ["vip", "new"],
    consent: { line: "yes" },
    accounts: [
      { provider: "v1", user: "U1", blocked: false },
      { provider: "v2", user: "U2", blocked: true },
    ],
  },
  { _id: "p2", tags: ["vip"], consent: { line: "no" }, accounts: [], mergedInto: "p1" },
  {
    _id: "p3",
    externalId: null,
    tags: [],
    accounts: [{ provider: "v1", user: "U2", blocked: true }],
  },
  { _id: "p4", externalId: "x4", age: 40 },
];

describe(`store contract on ${server}: conditions`, () => {
  const store = openStore();

  const idsWhere = async (condition: object): Promise<string[]> => {
    const rows = store.collection();
    await rows.insertMany(people);
    const found = await rows.find(condition).sort({ _id: 1 }).toArray();
    return found.map(({ _id }) => _id);
  };

  it.each([
    ["$exists", { externalId: { $exists: true } }, ["p1", "p3", "p4"]],
    ["$exists: false", { externalId: { $exists: false } }, ["p2"]],
    ["null, which is also a missing field", { externalId: null }, ["p2", "p3"]],
    ["$ne, which a missing field also fulfils", { mergedInto: { $ne: "p1" } }, ["p1", "p3", "p4"]],
    ["$or", { $or: [{ externalId: "x4" }, { mergedInto: "p1" }] }, ["p2", "p4"]],
    [
      "$and of two $or",
      { $and: [{ $or: [{ age: 40 }, { age: 41 }] }, { $or: [{ _id: "p4" }] }] },
      ["p4"],
    ],
    ["equality with an element of an array", { tags: "vip" }, ["p1", "p2"]],
    ["$in with elements of an array", { tags: { $in: ["new", "none"] } }, ["p1"]],
    ["$nin, which a missing field also fulfils", { tags: { $nin: ["vip"] } }, ["p3", "p4"]],
    ["$all", { tags: { $all: ["vip", "new"] } }, ["p1"]],
    ["$size", { tags: { $size: 0 } }, ["p3"]],
    ["a dotted path into an object", { "consent.line": "yes" }, ["p1"]],
    ["a dotted path into objects of an array", { "accounts.user": "U2" }, ["p1", "p3"]],
    [
      "$elemMatch, which wants all of it in one element",
      { accounts: { $elemMatch: { provider: "v1", blocked: true } } },
      ["p3"],
    ],
    [
      "two dotted paths, which different elements may fulfil",
      { "accounts.provider": "v1", "accounts.blocked": true },
      ["p1", "p3"],
    ],
    ["an element by its index", { "accounts.0.user": "U1" }, ["p1"]],
    ["$gte and $lt", { _id: { $gte: "p2", $lt: "p4" } }, ["p2", "p3"]],
    ["$not", { age: { $not: { $gte: 30 } } }, ["p1", "p2", "p3"]],
  ])("selects by %s", async (_, condition, ids) => {
    expect(await idsWhere(condition)).toEqual(ids);
  });

  it("does not take a text for a number, nor an object for its text", async () => {
    expect(await idsWhere({ age: "40" })).toEqual([]);
    expect(await idsWhere({ age: 40 })).toEqual(["p4"]);
  });

  it.each([
    ["named fields", { tags: 1 }, { _id: "p1", tags: ["vip", "new"] }],
    ["named fields without _id", { _id: 0, externalId: 1 }, { externalId: "x1" }],
    ["all but named fields", { accounts: 0, tags: 0, consent: 0 }, { _id: "p1", externalId: "x1" }],
    [
      "a field of every element",
      { "accounts.user": 1 },
      { _id: "p1", accounts: [{ user: "U1" }, { user: "U2" }] },
    ],
    [
      "a part of an array",
      { _id: 1, tags: { $slice: 1 }, externalId: 1 },
      { _id: "p1", externalId: "x1", tags: ["vip"] },
    ],
  ])("returns %s", async (_, projection, row) => {
    const rows = store.collection();
    await rows.insertMany(people);
    expect(await rows.findOne({ _id: "p1" }, { projection })).toEqual(row);
  });
});
