import { expect, it } from "vitest";

import { createLineBetween } from "./line-between.ts";
import { countsOf, openWorld } from "./open-world.ts";

const contents = {
  push: "[[m]] {{ profile.displayName }}",
  multicast: "[[m]] The shop opens at ten",
};
/** A clock that runs ten times as fast since then, so that a claim nobody renews is over soon. */
const fastNow = (since: number): Date => new Date(Date.now() + (Date.now() - since) * 9);

const once = "after LINE's answers, before they are recorded, once";
const always = "after they are recorded, each time";

it.each([
  ["push", once, { at: "sent", timesMax: 1 }, 2],
  ["multicast", once, { at: "sent", timesMax: 1 }, 2],
  ["push", always, { at: "recorded", timesMax: Infinity }, 1],
  ["multicast", always, { at: "recorded", timesMax: Infinity }, 1],
] as const)(
  "what fails in a %s %s: nobody gets it twice, and nobody is missing",
  async (method, _when, { at, timesMax }, triesMax) => {
    await using between = createLineBetween();
    await using world = await openWorld({ senders: 0, between: between.open });
    const people = await world.addFriends(60);
    let failures = 0;
    let failedAt: number | undefined;
    const step = (name: string): void => {
      if (name !== at || failures >= timesMax) return;
      failures += 1;
      failedAt ??= Date.now();
      throw new Error("the books are closed");
    };
    const now = (): Date => (failedAt === undefined ? new Date() : fastNow(failedAt));
    await world.startSender({ step, now });
    const id = await world.launch({ text: contents[method] });
    await world.untilDone(id, 120_000);
    expect(failures).toBeGreaterThan(0);
    expect(world.simulator.ledger.recipients("m")).toEqual(new Map(people.map((one) => [one, 1])));
    const { counted, recounted } = await countsOf(world, id);
    expect(counted).toEqual(recounted);
    expect(counted).toMatchObject({ audience: 60, accepted: 60, queued: 0 });
    const tries = [...Map.groupBy(between.requests, ({ retryKey }) => retryKey).values()];
    expect(Math.max(...tries.map((all) => all.length))).toBe(triesMax);
  },
);
