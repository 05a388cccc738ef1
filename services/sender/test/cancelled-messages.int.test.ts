import { cancellable, cancelledMessage } from "@yubin/store";
import { expect, it } from "vitest";

import { toBatch, countedFrom } from "../src/store/batch-rows.ts";
import { openWorld, workspaceId } from "./open-world.ts";

it("a message that is cancelled while senders are after it is sent, or cancelled, and never both", async () => {
  await using world = await openWorld({ senders: 2 });
  await world.addFriends(1);
  const { batches, profiles } = world.store;
  const friend = await profiles.findOne();
  const messages = 300;
  const race = async (nth: number): Promise<boolean> => {
    const marker = `[[m${nth}]]`;
    const id = await world.message({
      to: friend?._id ?? "",
      messages: [{ type: "text", text: `${marker} hello` }],
    });
    await new Promise((resolve) => setTimeout(resolve, (nth * 37) % 1_500));
    const { modifiedCount } = await batches.updateOne(
      { _id: id, workspaceId, ...cancellable },
      cancelledMessage(new Date()),
    );
    const row = await world.untilSettled(id, 60_000);
    const isCancelled = modifiedCount === 1;
    expect(row.recipients[0]).toMatchObject(
      isCancelled ? { reason: "message_cancelled" } : { outcome: "accepted" },
    );
    expect(world.simulator.ledger.recipients(`m${nth}`).size).toBe(isCancelled ? 0 : 1);
    // Whoever writes an end writes what is counted from it.
    expect(row).toMatchObject(countedFrom(row, toBatch(row).recipients));
    return isCancelled;
  };
  const cancelled = await Promise.all(Array.from({ length: messages }, (_, nth) => race(nth)));
  const count = cancelled.filter(Boolean).length;
  expect(count).toBeGreaterThan(0);
  expect(count).toBeLessThan(messages);
}, 90_000);

it("a message is not cancelled between a sender's look and its call", async () => {
  await using world = await openWorld({ senders: 0 });
  await world.addFriends(1);
  const { batches, profiles } = world.store;
  const friend = await profiles.findOne();
  const tried: string[] = [];
  await world.startSender({
    step: async (name) => {
      if (!["freeze", "frozen", "send"].includes(name)) return;
      const { modifiedCount } = await batches.updateOne(
        { workspaceId, ...cancellable },
        cancelledMessage(new Date()),
      );
      tried.push(`${name} ${modifiedCount}`);
    },
  });
  const id = await world.message({
    to: friend?._id ?? "",
    messages: [{ type: "text", text: "[[m]] hello" }],
  });
  const row = await world.untilSettled(id);
  expect(tried).toEqual(["freeze 0", "frozen 0", "send 0"]);
  expect(row.recipients[0]).toMatchObject({ outcome: "accepted" });
});
