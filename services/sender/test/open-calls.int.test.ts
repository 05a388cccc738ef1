import { expect, it } from "vitest";

import { createLineBetween } from "./line-between.ts";
import { countsOf, openWorld, until } from "./open-world.ts";

const contents = {
  push: { text: "[[m]] {{ profile.displayName }} at {{ channel.name }}" },
  multicast: { text: "[[m]] The shop opens at ten" },
};
const methods = ["push", "multicast"] as const;

it.each(methods)(
  "an open %s keeps its bytes and its people, whatever is changed in between",
  async (method) => {
    await using between = createLineBetween();
    await using world = await openWorld({ between: between.open });
    const people = await world.addFriends(5);
    // LINE has it, and nobody knows.
    between.spoil = ({ tryNumber }) =>
      tryNumber <= 2
        ? { passedOn: tryNumber === 2, reply: ({ socket }) => void socket?.resetAndDestroy() }
        : undefined;
    const id = await world.launch(contents[method]);
    const calls = method === "push" ? 5 : 1;
    await until(() => between.requests.length >= calls, { what: "the first tries" });

    const [elsewhere = ""] = world.simulator.addPeople({ provider: "acme", count: 1 });
    await world.store.profiles.updateMany(
      {},
      { $set: { "lineAccounts.0.displayName": "Someone else" } },
    );
    await world.store.profiles.updateOne(
      { "lineAccounts.lineUserId": people[0] },
      { $set: { "lineAccounts.0.lineUserId": elsewhere } },
    );
    await world.store.channels.updateMany(
      {},
      { $set: { name: "Other shop" }, $inc: { version: 1 } },
    );
    await world.store.campaigns.updateMany(
      {},
      {
        $set: {
          "content.messages": [{ type: "text", text: "[[edited]] {{ profile.displayName }}" }],
        },
      },
    );
    // A sender that has never seen the campaign as it was.
    await world.startSender();
    await world.untilDone(id);

    const tries = [...Map.groupBy(between.requests, ({ retryKey }) => retryKey).values()];
    expect(tries).toHaveLength(calls);
    for (const same of tries) {
      expect(same).toHaveLength(3);
      expect(new Set(same.map(({ body }) => body)).size).toBe(1);
    }
    expect(world.simulator.ledger.recipients("m")).toEqual(new Map(people.map((one) => [one, 1])));
    expect(world.simulator.ledger.summary()).toMatchObject({ accepted: 5, sameKeyOtherBody: 0 });
    expect((await countsOf(world, id)).counted).toMatchObject({ audience: 5, accepted: 5 });
  },
);

it.each(methods)(
  "an open %s is asked for no more once LINE may have forgotten its key",
  async (method) => {
    let aheadMs = 0;
    await using between = createLineBetween();
    const now = (): Date => new Date(Date.now() + aheadMs);
    await using world = await openWorld({ between: between.open, sender: { now } });
    const people = await world.addFriends(5);
    const lost = { passedOn: true, reply: answerLost };
    between.spoil = () => lost;
    const id = await world.launch(contents[method]);
    await until(() => world.simulator.ledger.summary().accepted === 5, { what: "acceptance" });
    await until(
      async () => (await world.batchesOf(id)).every(({ calls }) => calls.every(wasTried)),
      { what: "three tries" },
    );

    aheadMs = 23 * 3_600_000 + 60_000;
    world.simulator.advanceClock(25 * 3_600_000);
    const before = between.requests.length;
    await world.untilDone(id);
    expect((await countsOf(world, id)).counted).toMatchObject({ audience: 5, unknown: 5 });
    expect(between.requests).toHaveLength(before);
    expect(world.simulator.ledger.recipients("m")).toEqual(new Map(people.map((one) => [one, 1])));
    expect(world.simulator.ledger.summary()).toMatchObject({ expiredKeySends: 0 });
  },
);

const answerLost = ({ socket }: { socket: { resetAndDestroy(): unknown } | null }): void =>
  void socket?.resetAndDestroy();
/** The next try is seconds away, so none is under way. */
const wasTried = ({ attempts }: { readonly attempts: number }): boolean => attempts >= 3;
