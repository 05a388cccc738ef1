import { expect, it } from "vitest";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { channelId, identify, lineEvent, lineUser, workspaceId } from "./made-events.ts";
import {
  brokenPromises,
  finalState,
  openPeopleWorld,
  seeded,
  shuffled,
  type PeopleWorld,
} from "./people-world.ts";

/** Cuts events into jobs and lets several workers have them at once, as queues do. */
const applyInJobs = async (
  world: PeopleWorld,
  events: readonly InboxEvent[],
  { size, workers }: { size: number; workers: number },
): Promise<void> => {
  const jobs = Array.from({ length: Math.ceil(events.length / size) }, (_, job) =>
    events.slice(job * size, (job + 1) * size),
  );
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (let job = jobs.shift(); job; job = jobs.shift()) await world.apply(job);
    }),
  );
};

it("ends in the newest event for 200 people with six events each, duplicated and out of order", async () => {
  const world = await openPeopleWorld();
  const random = seeded(5);
  const events = Array.from({ length: 200 }, (_, person) =>
    Array.from({ length: 6 }, (__, n) =>
      lineEvent(n % 2 === 0 ? "follow" : "unfollow", lineUser(person), {
        // In pairs of one millisecond: there the event id decides.
        occurredAt: new Date(1_764_000_000_000 + Math.floor(n / 2)),
        eventId: `${person}-${random().toFixed(8)}`,
      }),
    ),
  ).flat();
  await world.keep(events);
  const deliveries = shuffled([...events, ...events, ...events.slice(0, 600)], random);
  await applyInJobs(world, deliveries, { size: 50, workers: 4 });

  const profiles = await world.store.profiles.find().toArray();
  expect(profiles).toHaveLength(200);
  expect(await brokenPromises(world.store)).toEqual([]);
  for (const { lineAccounts } of profiles) {
    const [account] = lineAccounts;
    const newest = events
      .filter(({ lineUserId }) => lineUserId === account?.lineUserId)
      .sort((one, other) =>
        one.occurredAt.getTime() === other.occurredAt.getTime()
          ? Number(one.eventId > other.eventId) * 2 - 1
          : one.occurredAt.getTime() - other.occurredAt.getTime(),
      )
      .at(-1);
    expect(account?.friendship[channelId]).toMatchObject({
      state: newest?.type === "follow" ? "following" : "blocked",
      eventId: newest?.eventId,
    });
  }
  expect(await world.store.events.countDocuments({ state: "applied" })).toBe(events.length);
});

it("makes one person of many identifies of one LINE ID that come at once", async () => {
  const world = await openPeopleWorld();
  const people = 50;
  const times = 10;
  const events = Array.from({ length: people }, (_, person) =>
    Array.from({ length: times }, (__, n) =>
      identify({ userId: `u-${person}`, lineUserId: lineUser(person), traits: { [`t${n}`]: n } }),
    ),
  ).flat();
  await world.keep(events);
  await applyInJobs(world, shuffled(events, seeded(13)), { size: 25, workers: 8 });

  expect(await brokenPromises(world.store)).toEqual([]);
  const profiles = await world.store.profiles.find().toArray();
  expect(profiles).toHaveLength(people);
  for (const { traits, lineAccounts } of profiles) {
    expect(Object.keys(traits)).toHaveLength(times);
    expect(lineAccounts).toHaveLength(1);
  }
  const reasons = await world.store.events.distinct("reason");
  expect(reasons).toEqual([null]);
});

it("lets one of two external ids have a LINE ID however closely both ask, and orphans nobody", async () => {
  const world = await openPeopleWorld();
  const people = 40;
  const events = Array.from({ length: people }, (_, n) => [
    identify({ userId: `a-${n}`, lineUserId: lineUser(n) }),
    identify({ userId: `b-${n}`, lineUserId: lineUser(n) }),
    lineEvent("follow", lineUser(n)),
    identify({ userId: `a-${n}`, anonymousId: `d-${n}` }),
  ]).flat();
  await world.keep(events);
  await applyInJobs(world, shuffled(events, seeded(14)), { size: 3, workers: 8 });

  expect(await brokenPromises(world.store)).toEqual([]);
  const rows = await world.store.profiles.find({ mergedInto: null }).toArray();
  for (let n = 0; n < people; n += 1) {
    const holders = rows.filter(({ lineAccounts }) => lineAccounts[0]?.lineUserId === lineUser(n));
    expect(holders).toHaveLength(1);
    expect(holders[0]?.friendOf).toEqual([channelId]);
    for (const externalId of [`a-${n}`, `b-${n}`])
      expect(rows.filter((row) => row.externalId === externalId)).toHaveLength(1);
  }
  // Each call to a name in dispute waits for people or for the law; none was guessed.
  const parked = await world.store.events.countDocuments({
    reason: { $in: ["conflict_pending", "merge_pending"] },
  });
  expect(parked).toBeGreaterThanOrEqual(people);
});

/** One of everything that writes. */
const story = (): { before: InboxEvent[]; batch: InboxEvent[] } => ({
  before: [
    lineEvent("follow", lineUser(1)),
    lineEvent("message", lineUser(1), { body: { message: { id: "70", text: "hi" } } }),
    identify({ userId: "known" }),
  ],
  batch: [
    lineEvent("unfollow", lineUser(1)),
    lineEvent("follow", lineUser(2)),
    lineEvent("unfollow", lineUser(3)),
    lineEvent("unsend", lineUser(1), { body: { unsend: { messageId: "70" } } }),
    lineEvent("message", lineUser(2), { body: { message: { id: "71", text: "ho" } } }),
    lineEvent("join", null),
    identify({ userId: "known", lineUserId: lineUser(4), traits: { plan: "pro" } }),
    identify({ userId: "new", lineUserId: lineUser(2), traits: { email: "a@example.com" } }),
    identify({ userId: "other", lineUserId: lineUser(2) }),
    identify({ anonymousId: "device" }),
  ],
});

/** As a crash: whatever comes after the n-th write never happens. */
const crashAt = (world: PeopleWorld, n: number, events: InboxEvent[]): Promise<boolean> =>
  new Promise((resolve, reject) => {
    let writes = 0;
    const step = (): Promise<void> | undefined => {
      if (writes === n) {
        resolve(true);
        return new Promise(() => undefined);
      }
      writes += 1;
      return undefined;
    };
    world.apply(events, { step }).then(() => resolve(false), reject);
  });

it("ends the same wherever it crashes and runs again", async () => {
  const { before, batch } = story();
  const reference = await openPeopleWorld();
  await reference.keep([...before, ...batch]);
  await reference.apply(before);
  await reference.apply(batch);
  const expected = await finalState(reference.store);
  expect(await brokenPromises(reference.store)).toEqual([]);

  let crashes = 0;
  for (let crashed = true; crashed; crashes += 1) {
    const world = await openPeopleWorld();
    await world.keep([...before, ...batch]);
    await world.apply(before);
    crashed = await crashAt(world, crashes, batch);
    await world.apply(batch);
    expect(await finalState(world.store)).toEqual(expected);
    expect(await brokenPromises(world.store)).toEqual([]);
  }
  expect(crashes - 1).toBe(7); // claim, insert, update, conflict, trace, purge, end
});

it.each(["claim", "insertProfiles", "updateProfiles", "end"] as const)(
  "ends the same when %s is cut in the middle",
  async (method) => {
    const { before, batch } = story();
    const world = await openPeopleWorld();
    await world.keep([...before, ...batch]);
    await world.apply(before);
    const cut = new Promise<void>((resolve) => {
      const half = async (items: readonly never[]): Promise<never> => {
        await world.people[method](items.slice(0, Math.ceil(items.length / 2)), new Date());
        resolve();
        return new Promise<never>(() => undefined);
      };
      void world.apply(batch, { people: { ...world.people, [method]: half } });
    });
    await cut;
    await world.apply(batch);

    const reference = await openPeopleWorld();
    await reference.keep([...before, ...batch]);
    await reference.apply(before);
    await reference.apply(batch);
    expect(await finalState(world.store)).toEqual(await finalState(reference.store));
    expect(await brokenPromises(world.store)).toEqual([]);
  },
);

it("takes the text of an unsent message out of the database", async () => {
  const { before, batch } = story();
  const world = await openPeopleWorld();
  await world.keep([...before, ...batch]);
  await world.apply(before);
  await world.apply(batch);
  const unsent = await world.store.events.findOne({ _id: before[1]?.id ?? "" });
  expect(unsent).toMatchObject({ state: "applied", type: "message", hash: null });
  expect(unsent?.body).toEqual({ unsentAt: expect.any(Date) });
  const other = await world.store.events.findOne({ _id: batch[4]?.id ?? "" });
  expect(other?.body).toEqual({ message: { id: "71", text: "ho" } });
});

it("writes nothing for a job that names another workspace's events", async () => {
  const world = await openPeopleWorld();
  const foreign = lineEvent("follow", lineUser(1), { workspaceId: "ws_other" });
  await world.keep([foreign]);
  await expect(world.apply([foreign])).rejects.toMatchObject({ code: "workspace_mismatch" });
  expect(await world.store.profiles.countDocuments({})).toBe(0);
  expect(workspaceId).not.toBe(foreign.workspaceId);
});

it("does not count the database's own trouble against an event", async () => {
  const world = await openPeopleWorld();
  const event = lineEvent("follow", lineUser(1));
  await world.keep([event]);
  await world.store.connection.getClient().close();
  await expect(world.apply([event])).rejects.toMatchObject({ code: "store.unavailable" });
});
