import { expect, it } from "vitest";

import { createLineBetween } from "./line-between.ts";
import { countsOf, openWorld, until } from "./open-world.ts";
import { startSenderProcess } from "./sender-process.ts";

const contents = {
  push: { text: "[[m]] {{ profile.displayName }}" },
  multicast: { text: "[[m]] The shop opens at ten" },
};
const cases = (["push", "multicast"] as const).flatMap((method) => [
  [method, "before its calls", "send", 1] as const,
  [method, "after LINE's answers", "sent", 2] as const,
]);

it.concurrent.each(cases)(
  "a sender that stands still in a %s %s past its claim and its lock writes nothing more",
  async (method, _when, step, requests) => {
    await using between = createLineBetween();
    await using world = await openWorld({ senders: 0, between: between.open });
    const people = await world.addFriends(20);
    const id = await world.launch(contents[method]);
    await using zombie = await startSenderProcess(world, { step, signal: "SIGSTOP" });
    await zombie.untilFate();

    await world.startSender();
    await world.untilDone(id, 120_000);
    const settled = await world.batchesOf(id);
    zombie.signal("SIGCONT");
    await zombie.untilLogged('"outcome":"lost"');

    expect(await world.batchesOf(id)).toEqual(settled);
    expect(world.simulator.ledger.recipients("m")).toEqual(new Map(people.map((one) => [one, 1])));
    expect(world.simulator.ledger.summary()).toMatchObject({ sameKeyOtherBody: 0 });
    const { counted, recounted } = await countsOf(world, id);
    expect(counted).toEqual(recounted);
    expect(counted).toMatchObject({ audience: 20, accepted: 20, queued: 0 });
    const tries = Map.groupBy(between.requests, ({ retryKey }) => retryKey);
    // Whose words were not rendered yet are in a later step, which the one that stood still never came to.
    expect(Math.max(...[...tries.values()].map((all) => all.length))).toBe(requests);
  },
);

it("a sender that stands still while its campaign is cancelled sends nothing when it wakes", async () => {
  await using world = await openWorld({ senders: 0 });
  await world.addFriends(20);
  const id = await world.launch(contents.push);
  await using zombie = await startSenderProcess(world, { step: "send", signal: "SIGSTOP" });
  await zombie.untilFate();
  await world.store.campaigns.updateOne(
    { _id: id },
    { $set: { state: "cancelled", nextAt: new Date(0) } },
  );

  await world.startSender();
  await until(async () => (await countsOf(world, id)).counted.queued === 0, {
    what: "the end of the campaign",
    timeoutMs: 120_000,
  });
  zombie.signal("SIGCONT");
  await zombie.untilLogged('"outcome":"lost"');
  expect(world.simulator.ledger.summary()).toMatchObject({ accepted: 0 });
  expect((await countsOf(world, id)).counted).toMatchObject({ audience: 20, unknown: 20 });
});
