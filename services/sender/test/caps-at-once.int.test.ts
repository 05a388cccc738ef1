import { sendRulesOf } from "@yubin/types";
import { expect, it } from "vitest";

import { countsOf, openWorld, until, type World } from "./open-world.ts";

const cap = { messages: 1, days: 7 };
const capped = { rules: { ...sendRulesOf({}), cap } };
const people = 60;
const rounds = 4;

/** How often each got one of these. */
const receivedOf = (world: World, markers: readonly string[]): Map<string, number> => {
  const received = new Map<string, number>();
  for (const marker of markers)
    for (const [lineUserId, times] of world.simulator.ledger.recipients(marker))
      received.set(lineUserId, (received.get(lineUserId) ?? 0) + times);
  return received;
};

it.concurrent.each([
  ["pushes and a multicast", ["{{ profile.displayName }}", "hello"]],
  ["pushes", ["{{ profile.displayName }}", "dear {{ profile.displayName }}"]],
  ["three multicasts", ["hello", "good morning", "good evening"]],
])(
  "campaigns that come to the same people in the same moment keep the cap together: %s",
  async (_name, texts) => {
    await using world = await openWorld({ senders: 2 });
    for (let round = 0; round < rounds; round += 1) {
      await world.store.profiles.deleteMany({});
      const friends = await world.addFriends(people);
      const markers = texts.map((_, place) => `r${round}c${place}`);
      const ids = await Promise.all(
        texts.map((text, place) =>
          world.launch({ text: `[[${markers[place] ?? ""}]] ${text}`, more: capped }),
        ),
      );
      await Promise.all(ids.map((id) => world.untilDone(id, 120_000)));
      expect(receivedOf(world, markers)).toEqual(new Map(friends.map((one) => [one, 1])));
      const reasons = await Promise.all(ids.map((id) => countsOf(world, id)));
      for (const { counted, recounted } of reasons) expect(counted).toEqual(recounted);
      expect(reasons.map(({ counted }) => counted.accepted)).toSatisfy(addsUpTo(people));
      expect(reasons.map(({ counted }) => counted.skipped)).toSatisfy(
        addsUpTo(people * (texts.length - 1)),
      );
    }
  },
);

it.concurrent.each([
  ["nothing else happens", false],
  ["its process fails before the last count", true],
])(
  "nobody is over the cap where a campaign is overtaken between its counts and %s",
  async (_, fails) => {
    await using world = await openWorld({ senders: 0 });
    await world.addFriends(1);
    const gate = Promise.withResolvers<void>();
    let announcing = 0;
    let failures = 0;
    const step = async (name: string): Promise<void> => {
      if (name === "announce" && (announcing += 1) === 1) await gate.promise;
      if (name === "announced" && announcing > 1 && fails && failures === 0) {
        failures += 1;
        throw new Error("MongoDB blinks");
      }
    };
    await world.startSender({ step });
    const overtaken = await world.launch({ text: "[[m]] hello", more: capped });
    await until(() => announcing === 1, { what: "its first count" });
    const faster = await world.launch({ text: "[[m]] good morning", more: capped });
    await until(() => announcing === 2, { what: "the other's first count" });
    if (!fails) await world.untilDone(faster);
    gate.resolve();
    await Promise.all([overtaken, faster].map((id) => world.untilDone(id)));
    expect(failures).toBe(fails ? 1 : 0);
    expect([...world.simulator.ledger.recipients("m").values()]).toEqual([1]);
    const ends = await Promise.all([overtaken, faster].map((id) => countsOf(world, id)));
    expect(ends.map(({ counted }) => counted.accepted)).toSatisfy(addsUpTo(1));
    expect(ends.map(({ counted }) => counted.skipped)).toSatisfy(addsUpTo(1));
  },
);

it("a campaign and messages on their own, of one moment, keep the cap together", async () => {
  await using world = await openWorld({ senders: 2 });
  for (let round = 0; round < rounds; round += 1) {
    await world.store.profiles.deleteMany({});
    const friends = await world.addFriends(30);
    const profiles = await world.store.profiles.find().toArray();
    const marker = `r${round}`;
    const ask = (to: string, nth: number) =>
      world.message({
        to,
        messages: [{ type: "text", text: `[[${marker}m${nth}]] hi` }],
        purpose: "offers",
        cap,
      });
    const launch = world.launch({
      text: `[[${marker}c]] hello`,
      audience: { type: "refs", refs: profiles.map(({ _id }) => _id) },
      more: capped,
    });
    const asked = await Promise.all(profiles.flatMap(({ _id }) => [ask(_id, 0), ask(_id, 1)]));
    await world.untilDone(await launch, 120_000);
    for (const id of asked) await world.untilSettled(id, 120_000);
    expect(receivedOf(world, [`${marker}c`, `${marker}m0`, `${marker}m1`])).toEqual(
      new Map(friends.map((one) => [one, 1])),
    );
  }
});

const addsUpTo =
  (all: number) =>
  (counts: readonly number[]): boolean =>
    counts.reduce((sum, count) => sum + count, 0) === all;
