import { setTimeout as pause } from "node:timers/promises";

import { expect, it } from "vitest";

import { recipientsOf, type BatchRow } from "@yubin/store";
import { createLineBetween } from "./line-between.ts";
import { countsOf, openWorld, until } from "./open-world.ts";

const text = "[[m]] {{ profile.displayName }}";

it("several senders together keep to LINE's pace: hardly a call is answered 429", async () => {
  const limits = { pushPerSecond: 100, multicastPerSecond: 10 };
  await using world = await openWorld({ senders: 3, limits });
  world.simulator.updateChannel(world.line.channelId, {
    rates: { push: { limit: 100, perMs: 1_000 } },
  });
  await world.addFriends(600);
  const id = await world.launch({ text });
  await world.untilDone(id, 120_000);
  const summary = world.simulator.ledger.summary();
  expect(summary).toMatchObject({ accepted: 600, duplicates: 0 });
  expect(summary.share429).toBeLessThan(0.01);
});

it("a pace that LINE does not grant is given up, and still everyone has it once", async () => {
  const limits = { pushPerSecond: 2_000, multicastPerSecond: 10 };
  await using world = await openWorld({ senders: 2, limits });
  world.simulator.updateChannel(world.line.channelId, {
    rates: { push: { limit: 50, perMs: 1_000 } },
  });
  await world.addFriends(400);
  const id = await world.launch({ text });
  await world.untilDone(id, 120_000);
  const summary = world.simulator.ledger.summary();
  expect(summary).toMatchObject({ accepted: 400, duplicates: 0, sameKeyOtherBody: 0 });
  expect(summary.share429).toBeGreaterThan(0);
  expect((await countsOf(world, id)).counted).toMatchObject({ audience: 400, accepted: 400 });
});

it("a channel that is given less of LINE's rate keeps to it in the middle of a campaign", async () => {
  await using world = await openWorld({ limits: { pushPerSecond: 100, multicastPerSecond: 10 } });
  await world.addFriends(400);
  const id = await world.launch({ text, more: { proven: true } });
  const accepted = (): number => world.simulator.ledger.summary().accepted;
  await until(() => accepted() > 20, { what: "the first people" });
  await world.store.channels.updateOne(
    { _id: world.channelId },
    { $set: { limits: { pushPerSecond: 5, multicastPerSecond: 5 } }, $inc: { version: 1 } },
  );
  await pause(2_500);
  const before = accepted();
  await pause(3_000);
  expect(accepted() - before).toBeGreaterThan(5);
  expect(accepted() - before).toBeLessThanOrEqual(20);
  await world.store.channels.updateOne(
    { _id: world.channelId },
    { $set: { limits: { pushPerSecond: 2_000, multicastPerSecond: 200 } }, $inc: { version: 1 } },
  );
  await world.untilDone(id);
});

it("one person of whom LINE says 429 again and again holds nobody else up", async () => {
  await using between = createLineBetween();
  await using world = await openWorld({ between: between.open });
  const people = await world.addFriends(500);
  const tooMany = people[3] ?? "";
  between.spoil = ({ body }) =>
    body.includes(tooMany)
      ? { passedOn: false, reply: (res) => void res.writeHead(429).end('{"message":"Too many"}') }
      : undefined;
  const id = await world.launch({ text });
  await until(() => world.simulator.ledger.summary().accepted === 499, { what: "all others" });
  await until(async () => (await world.batchesOf(id)).some(hasRested), { what: "a long rest" });
  expect(between.requests.filter(({ body }) => body.includes(tooMany)).length).toBeLessThan(6);

  between.spoil = () => undefined;
  await world.untilDone(id);
  expect(world.simulator.ledger.recipients("m")).toEqual(new Map(people.map((one) => [one, 1])));
});

/** The pause grows with each time, also where another process goes on. */
const hasRested = ({ rests = [] }: BatchRow): boolean => rests.some(({ times }) => times >= 3);

it.each(["hello", "hello {{ profile.displayName }}"])(
  "a campaign with %j goes to as many people a minute as it says, whatever the number of senders",
  async (words) => {
    await using world = await openWorld({ senders: 2 });
    await world.addFriends(100);
    const startedAt = performance.now();
    const id = await world.launch({ text: words, more: { throttle: { perMinute: 600 } } });
    await world.untilDone(id, 120_000);
    const seconds = (performance.now() - startedAt) / 1_000;
    expect((await countsOf(world, id)).counted).toMatchObject({ audience: 100, accepted: 100 });
    // Twenty every two seconds, the first at once.
    expect(seconds).toBeGreaterThan(7.9);
    expect(seconds).toBeLessThan(30);
    const times = (await world.batchesOf(id))
      .flatMap((row) => recipientsOf(row).map(({ firstAttemptAt }) => Number(firstAttemptAt)))
      .toSorted((one, other) => one - other);
    for (const [place, time] of times.entries())
      expect((times[place + 40] ?? Infinity) - time).toBeGreaterThan(1_900);
  },
);

it("a campaign may be throttled by the hour, for what people have to answer", async () => {
  await using world = await openWorld();
  await world.addFriends(4);
  const startedAt = performance.now();
  const id = await world.launch({ text, more: { throttle: { perHour: 1_800 } } });
  await world.untilDone(id, 60_000);
  expect((await countsOf(world, id)).counted).toMatchObject({ audience: 4, accepted: 4 });
  // One every two seconds, the first at once.
  expect(performance.now() - startedAt).toBeGreaterThan(5_900);
});

it("who is not sent anything, or finds the channel busy, costs a throttled campaign none of its pace", async () => {
  await using world = await openWorld({ limits: { pushPerSecond: 50, multicastPerSecond: 10 } });
  const refs: string[] = [];
  for (let place = 0; place < 12; place += 1)
    refs.push(await world.addProfile({ lineUserId: lineUserId(place), state: "blocked" }));
  await world.addFriends(200);
  for (const { _id } of await world.store.profiles.find({ friendOf: world.channelId }).toArray())
    if (refs.length < 15) refs.push(_id);
  const busy = await world.launch({ text, more: { proven: true } });
  const startedAt = performance.now();
  const audience = { type: "refs" as const, refs };
  const id = await world.launch({ text, audience, more: { throttle: { perHour: 1_800 } } });
  await world.untilDone(id, 60_000);
  expect((await countsOf(world, id)).counted).toMatchObject({ accepted: 3, skipped: 12 });
  // Three people, one every two seconds.
  expect(performance.now() - startedAt).toBeGreaterThan(3_900);
  expect(performance.now() - startedAt).toBeLessThan(15_000);
  await world.untilDone(busy);
});

const lineUserId = (place: number): string => `U${place.toString(16).padStart(32, "0")}`;
