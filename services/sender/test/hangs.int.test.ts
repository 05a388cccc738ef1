import { expect, it } from "vitest";

import { createLineBetween, type Seen } from "./line-between.ts";
import { countsOf, openWorld, until } from "./open-world.ts";

it("calls that hang hold up nobody else, of their batch or of those after it", async () => {
  await using between = createLineBetween();
  await using world = await openWorld({
    between: between.open,
    limits: { pushPerSecond: 100_000, multicastPerSecond: 10 },
  });
  const people = await world.addFriends(2_400); // more batches than may be under way at once
  const isTwentieth = (one: string): boolean => people.indexOf(one) % 20 === 0;
  const toOf = ({ body }: Seen): string => (JSON.parse(body) as { to: string }).to;
  const hangs = { passedOn: false, reply: () => undefined };
  between.spoil = (seen) => (isTwentieth(toOf(seen)) ? hangs : undefined);

  const id = await world.launch({ text: "[[m]] {{ profile.displayName }}" });
  await until(() => world.simulator.ledger.summary().accepted === 2_280, { what: "all others" });
  // So all of them had it before the first of the others was given up, and asked for again.
  expect(between.requests.filter(({ tryNumber }) => tryNumber > 1)).toEqual([]);

  between.spoil = () => undefined;
  await world.untilDone(id);
  expect(world.simulator.ledger.recipients("m")).toEqual(new Map(people.map((one) => [one, 1])));
  expect((await countsOf(world, id)).counted).toMatchObject({ audience: 2_400, accepted: 2_400 });
});
