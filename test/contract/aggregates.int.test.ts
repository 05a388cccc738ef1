import { describe, expect, it } from "vitest";

import { openStore, server, times } from "./open-store.ts";
import type { Row } from "./open-store.ts";

interface Batch extends Row {
  campaignId: string;
  counts: { accepted: number; refused: number };
  recipients: { to: string; outcome: string; at?: Date }[];
}

const outcomes = ["accepted", "accepted", "refused", "skipped"];
const at = (day: number): Date => new Date(Date.UTC(2026, 0, day));

describe(`store contract on ${server}: aggregates`, () => {
  const store = openStore();

  const insertBatches = async () => {
    const rows = store.collection<Batch>();
    await rows.createIndex({ campaignId: 1 });
    await rows.insertMany(
      times(20, (n) => ({
        _id: `k${n % 2}/${n}`,
        campaignId: `k${n % 2}`,
        counts: { accepted: 2, refused: 1 },
        recipients: outcomes.map((outcome, index) => ({
          to: `U${n}-${index}`,
          outcome,
          ...(outcome === "accepted" && { at: at(n + 1) }),
        })),
      })),
    );
    return rows;
  };

  it("sums nested counters of the matching rows", async () => {
    const rows = await insertBatches();
    const totals = await rows
      .aggregate([
        { $match: { campaignId: "k1" } },
        {
          $group: {
            _id: "$campaignId",
            batches: { $sum: 1 },
            accepted: { $sum: "$counts.accepted" },
            refused: { $sum: "$counts.refused" },
          },
        },
      ])
      .toArray();
    expect(totals).toEqual([{ _id: "k1", batches: 10, accepted: 20, refused: 10 }]);
  });

  it("sums to nothing when nothing matches, and to zero over a missing field", async () => {
    const rows = await insertBatches();
    const sum = (campaignId: string) =>
      rows
        .aggregate([
          { $match: { campaignId } },
          { $group: { _id: null, sum: { $sum: "$counts.absent" } } },
        ])
        .toArray();
    expect(await sum("none")).toEqual([]);
    expect(await sum("k0")).toEqual([{ _id: null, sum: 0 }]);
  });

  it("recounts outcomes from the rows of the array", async () => {
    const rows = await insertBatches();
    const counts = await rows
      .aggregate([
        { $match: { campaignId: "k0" } },
        { $unwind: "$recipients" },
        { $group: { _id: "$recipients.outcome", count: { $sum: 1 } } },
        { $sort: { count: -1, _id: 1 } },
        { $project: { _id: 0, outcome: "$_id", count: 1 } },
      ])
      .toArray();
    expect(counts).toEqual([
      { outcome: "accepted", count: 20 },
      { outcome: "refused", count: 10 },
      { outcome: "skipped", count: 10 },
    ]);
  });

  it("counts by condition, and finds first and last", async () => {
    const rows = await insertBatches();
    const [row] = await rows
      .aggregate([
        { $unwind: "$recipients" },
        {
          $group: {
            _id: null,
            all: { $sum: 1 },
            refused: { $sum: { $cond: [{ $eq: ["$recipients.outcome", "refused"] }, 1, 0] } },
            first: { $min: "$recipients.at" },
            last: { $max: "$recipients.at" },
          },
        },
      ])
      .toArray();
    expect(row).toEqual({ _id: null, all: 80, refused: 20, first: at(1), last: at(20) });
  });

  it("looks at no more rows of a range of texts than it is told to, also with disk use allowed", async () => {
    const rows = await insertBatches();
    const count = async (range: object, limit: number) =>
      rows
        .aggregate(
          [
            { $match: { campaignId: "k1", ...range } },
            { $limit: limit },
            { $group: { _id: "$campaignId", rows: { $sum: 1 } } },
          ],
          { allowDiskUse: true },
        )
        .toArray();
    const places = { _id: { $gte: "k1/1", $lt: "k1/1:" } };
    expect(await count(places, 100)).toEqual([{ _id: "k1", rows: 6 }]);
    expect(await count(places, 4)).toEqual([{ _id: "k1", rows: 4 }]);
    expect(await count({ recipients: null }, 4)).toEqual([]);
  });

  it("groups by two fields, sorts and takes the top", async () => {
    const rows = await insertBatches();
    const top = await rows
      .aggregate([
        { $unwind: "$recipients" },
        { $match: { "recipients.outcome": { $in: ["accepted", "refused"] } } },
        {
          $group: {
            _id: { campaign: "$campaignId", outcome: "$recipients.outcome" },
            count: { $sum: 1 },
          },
        },
        { $sort: { count: -1, "_id.campaign": 1 } },
        { $limit: 2 },
      ])
      .toArray();
    expect(top).toEqual([
      { _id: { campaign: "k0", outcome: "accepted" }, count: 20 },
      { _id: { campaign: "k1", outcome: "accepted" }, count: 20 },
    ]);
  });

  it("counts the elements of arrays without returning them", async () => {
    const rows = await insertBatches();
    const sizes = await rows
      .aggregate([
        { $match: { _id: { $in: ["k0/0", "k1/1"] } } },
        { $project: { size: { $size: { $ifNull: ["$recipients", []] } } } },
        { $sort: { _id: 1 } },
      ])
      .toArray();
    expect(sizes).toEqual([
      { _id: "k0/0", size: 4 },
      { _id: "k1/1", size: 4 },
    ]);
  });
});
