import { sendRulesOf } from "@yubin/types";
import { expect, it } from "vitest";

import { countsOf, openWorld, type World } from "./open-world.ts";

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
