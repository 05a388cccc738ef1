import { callsOf, recipientsOf, type BatchRow } from "@yubin/store";
import { expect, it } from "vitest";

import { createLineBetween } from "./line-between.ts";
import { countsOf, openWorld, until } from "./open-world.ts";

/** As rows were before people and calls of a batch were stored by column. */
const unpacked = (row: BatchRow): Pick<BatchRow, "recipients" | "packed" | "calls"> => ({
  recipients: recipientsOf(row),
  packed: null,
  calls: callsOf(row),
});

const count = 30;

it("goes on with batches of rows: open calls under their keys, and words of those who wait", async () => {
  await using between = createLineBetween();
  await using world = await openWorld({ between: between.open, senders: 0 });
  await world.addFriends(count);
  const profiles = await world.store.profiles.find().sort({ _id: 1 }).toArray();
  const list = profiles.map(({ _id: ref }, at) => ({ ref, data: { seat: `seat-${at}` } }));
  // LINE takes five, refuses five, and of the others nobody knows whether it has them.
  let sent = 0;
  between.spoil = ({ tryNumber }) => {
    if (tryNumber === 1) sent += 1;
    if (tryNumber === 1 && sent <= 5) return undefined;
    if (tryNumber === 1 && sent <= 10)
      return { passedOn: false, reply: (res) => res.writeHead(400).end('{"message":"no"}') };
    return { passedOn: sent % 2 === 0, reply: ({ socket }) => void socket?.resetAndDestroy() };
  };
  const id = await world.launch({ text: "[[m]] {{ data.seat }}", list });
  const before = await world.startSender();
  await until(
    async () => {
      const [row] = await world.batchesOf(id);
      return row?.counts.accepted === 5 && row.counts.refused === 5;
    },
    { what: "the first ends" },
  );
  await before.stop();

  const [row] = await world.batchesOf(id);
  if (!row) throw new Error("no batch");
  expect(callsOf(row)).toHaveLength(count - 10);
  const rows = unpacked(row);
  // Two are as if nobody had come to them yet.
  const waiting = callsOf(row).slice(0, 2);
  const calls = callsOf(row).slice(2);
  await world.store.batches.updateOne({ _id: row._id }, { $set: { ...rows, calls } });
  expect((await world.batch(row._id)).recipients[waiting[0]?.members[0] ?? -1]?.data).toBeDefined();

  between.spoil = () => undefined;
  await world.startSender();
  await world.untilDone(id);
  const after = await world.batch(row._id);
  expect(after).toMatchObject({ recipients: [], calls: [], state: "settled" });
  expect(JSON.stringify(after)).not.toContain("seat-");
  const { counted, recounted } = await countsOf(world, id);
  expect(counted).toEqual(recounted);
  expect(counted).toMatchObject({ audience: count, accepted: count - 5, refused: 5 });
  const got = world.simulator.ledger.recipients("m");
  expect([...got.values()].every((times) => times === 1)).toBe(true);
  expect(got.size).toBe(count - 5);
  expect(world.simulator.ledger.summary()).toMatchObject({ sameKeyOtherBody: 0 });
  // Whoever's call it was, their own words came under it.
  for (const { body } of between.requests) {
    const { to, messages } = JSON.parse(body) as { to: string; messages: { text: string }[] };
    const at = profiles.findIndex(({ lineAccounts }) => lineAccounts[0]?.lineUserId === to);
    expect(messages[0]?.text).toBe(`[[m]] seat-${at}`);
  }
});
