import { describe, expect, it } from "vitest";

import { openStore, server, times } from "./open-store.ts";
import type { Row } from "./open-store.ts";

interface Recipient {
  to: string;
  outcome: string;
  reason?: string;
}
interface Batch extends Row {
  recipients: Recipient[];
  counts: { queued: number; accepted: number };
}
interface Profile extends Row {
  lineAccounts: { providerId: string; lineUserId: string; friendships: Record<string, object> }[];
}

/** The outcome of one recipient and the counters, in one write. */
const accept = (index: number) => ({
  $set: { [`recipients.${index}.outcome`]: "accepted" },
  $inc: { "counts.queued": -1, "counts.accepted": 1 },
});

const account = (providerId: string) => ({ providerId, lineUserId: "U1", friendships: {} });

describe(`store contract on ${server}: arrays`, () => {
  const store = openStore();

  const insertBatch = async (size: number) => {
    const rows = store.collection<Batch>();
    const recipients = times(size, (n) => ({ to: `U${n}`, outcome: "queued" }));
    await rows.insertOne({ _id: "b", recipients, counts: { queued: size, accepted: 0 } });
    return rows;
  };
  it("updates an element by its index together with the counters", async () => {
    const rows = await insertBatch(5);
    await rows.updateOne({ _id: "b" }, accept(3));
    const batch = await rows.findOne({ _id: "b" });
    expect(batch?.recipients[3]).toEqual({ to: "U3", outcome: "accepted" });
    expect(batch?.recipients).toHaveLength(5);
    expect(batch?.counts).toEqual({ queued: 4, accepted: 1 });
  });

  it("counts each element once among concurrent and repeated updates of all of them", async () => {
    const size = 40;
    const rows = await insertBatch(size);
    const once = (index: number) =>
      rows.updateOne({ _id: "b", [`recipients.${index}.outcome`]: "queued" }, accept(index));
    await Promise.all(times(size * 3, (n) => once(n % size)));

    const batch = await rows.findOne({ _id: "b" });
    expect(batch?.recipients.every(({ outcome }) => outcome === "accepted")).toBe(true);
    expect(batch?.counts).toEqual({ queued: 0, accepted: size });
  });

  it("sets 500 elements by index in one write", async () => {
    const rows = await insertBatch(500);
    const outcomes = times(500, (n) => [`recipients.${n}.outcome`, "accepted"] as const);
    await rows.updateOne(
      { _id: "b" },
      { $set: Object.fromEntries(outcomes), $inc: { "counts.accepted": 500 } },
    );
    const batch = await rows.findOne({ _id: "b" });
    expect(batch?.recipients.filter(({ outcome }) => outcome === "accepted")).toHaveLength(500);
  });

  it("updates the element that $elemMatch found, by the positional $", async () => {
    const rows = await insertBatch(5);
    const filter = { _id: "b", recipients: { $elemMatch: { to: "U2", outcome: "queued" } } };
    const update = {
      $set: { "recipients.$.outcome": "refused", "recipients.$.reason": "blocked" },
    };
    expect(await rows.updateOne(filter, update)).toMatchObject({ modifiedCount: 1 });
    expect(await rows.updateOne(filter, update)).toMatchObject({ matchedCount: 0 });
    const batch = await rows.findOne({ _id: "b" });
    expect(batch?.recipients[2]).toEqual({ to: "U2", outcome: "refused", reason: "blocked" });
    expect(batch?.recipients.filter(({ outcome }) => outcome === "queued")).toHaveLength(4);
  });

  it("updates every element that an array filter matches, and only those", async () => {
    const rows = await insertBatch(6);
    await rows.updateOne(
      { _id: "b" },
      { $set: { "recipients.$[one].outcome": "cancelled" } },
      { arrayFilters: [{ "one.to": { $in: ["U1", "U4"] }, "one.outcome": "queued" }] },
    );
    const batch = await rows.findOne({ _id: "b" });
    expect(batch?.recipients.map(({ outcome }) => outcome === "cancelled")).toEqual(
      times(6, (n) => n === 1 || n === 4),
    );
  });

  it("removes a field of one element and leaves the element", async () => {
    const rows = await insertBatch(3);
    await rows.updateOne({ _id: "b" }, { $set: { "recipients.1.reason": "x" } });
    await rows.updateOne({ _id: "b" }, { $unset: { "recipients.1.reason": "" } });
    const batch = await rows.findOne({ _id: "b" });
    expect(batch?.recipients[1]).toEqual({ to: "U1", outcome: "queued" });
  });

  it("adds with $push and $each, bounded by $slice", async () => {
    const rows = store.collection<Row & { log: number[] }>();
    await rows.insertOne({ _id: "a", log: [1] });
    await rows.updateOne({ _id: "a" }, { $push: { log: 2 } });
    await rows.updateOne({ _id: "a" }, { $push: { log: { $each: [3, 4], $slice: -3 } } });
    expect(await rows.findOne({ _id: "a" })).toEqual({ _id: "a", log: [2, 3, 4] });
  });

  it("removes with $pull by value and by condition", async () => {
    const rows = await insertBatch(4);
    await rows.updateOne({ _id: "b" }, { $pull: { recipients: { to: "U1" } } });
    await rows.updateOne({ _id: "b" }, { $pull: { recipients: { to: { $in: ["U2", "U9"] } } } });
    const batch = await rows.findOne({ _id: "b" });
    expect(batch?.recipients.map(({ to }) => to)).toEqual(["U0", "U3"]);
  });

  it("adds a value to a set once, however many add it at the same time", async () => {
    const rows = store.collection<Row & { tags: string[] }>();
    await rows.insertOne({ _id: "a", tags: [] });
    await Promise.all(
      times(40, (n) => rows.updateOne({ _id: "a" }, { $addToSet: { tags: `t${n % 4}` } })),
    );
    await rows.updateOne({ _id: "a" }, { $addToSet: { tags: { $each: ["t0", "t4"] } } });
    const row = await rows.findOne({ _id: "a" });
    expect(row?.tags.toSorted()).toEqual(["t0", "t1", "t2", "t3", "t4"]);
  });

  it("reaches a key of a map inside the matched element", async () => {
    const rows = store.collection<Profile>();
    await rows.insertOne({ _id: "p", lineAccounts: [account("v1"), account("v2")] });
    const apply = (at: number, state: string) =>
      rows.updateOne(
        {
          _id: "p",
          lineAccounts: {
            $elemMatch: {
              providerId: "v2",
              $or: [{ "friendships.c1": { $exists: false } }, { "friendships.c1.at": { $lt: at } }],
            },
          },
        },
        { $set: { "lineAccounts.$.friendships.c1": { at, state } } },
      );
    expect(await apply(2, "following")).toMatchObject({ modifiedCount: 1 });
    expect(await apply(1, "blocked")).toMatchObject({ matchedCount: 0 });
    const profile = await rows.findOne({ _id: "p" });
    expect(profile?.lineAccounts).toEqual([
      account("v1"),
      { ...account("v2"), friendships: { c1: { at: 2, state: "following" } } },
    ]);
  });
});
