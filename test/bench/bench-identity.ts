import { randomBytes } from "node:crypto";

import { createProducer } from "@yubin/queue";
import type { EventRow, ProfileRow } from "@yubin/store";
import { applyEvents, newId } from "@yubin/types";

import { until } from "../stack/until.ts";
import { friend } from "./add-friends.ts";
import { perSecond, ratio, type BenchOptions, type BenchResult } from "./bench-result.ts";
import { benchProvider, startBenchWorld, type BenchWorld } from "./bench-world.ts";
import { mergeTimes } from "./merge-times.ts";

const peopleDefault = 20_000;
const eventsPerJob = 200;

/**
 * Follow events and identifies applied per second ÷ the server's own rate of upserting such profiles; and the time of a
 * merge with a long history ÷ with a short one.
 */
export const benchIdentity = async ({
  people = peopleDefault,
  log,
  profileDir,
}: BenchOptions): Promise<BenchResult> => {
  await using world = await startBenchWorld({ log, profileDir }, { identity: 1, sender: 0 });
  const names = (count: number): string[] =>
    Array.from({ length: count }, () => `U${randomBytes(16).toString("hex")}`);

  await applied(
    world,
    names(2_000).map((userId) => follow(world, userId)),
  );
  await upserted(world, names(2_000));
  const userIds = names(people);
  log(`${people} people follow, and then log in`);
  const bare = perSecond(people, await upserted(world, names(people)));
  const follows = perSecond(
    people,
    await applied(
      world,
      userIds.map((id) => follow(world, id)),
    ),
  );
  const identifies = perSecond(
    people,
    await applied(
      world,
      userIds.map((id, n) => identify(world, id, n)),
    ),
  );
  const profiles = await world.store.profiles.countDocuments({ lineAccounts: { $ne: [] } });
  const identified = await world.store.profiles.countDocuments({ externalId: { $ne: null } });
  log("merges, with ten deliveries of history and with a hundred thousand");
  const { shortMs, longMs, deliveries } = await mergeTimes(world);

  return {
    name: "identity",
    server: world.server,
    figures: {
      "follow events → profiles/s": follows,
      "identifies/s, each linking a LINE ID": identifies,
      "the server's own upserts of such profiles/s": bare,
      "follows ÷ upserts": ratio(follows, bare),
      "identifies ÷ upserts": ratio(identifies, bare),
      "profiles of the people who followed": `${profiles} (${identified} identified, none added)`,
      "a merge with 10 deliveries of history, ms": shortMs.toFixed(1),
      [`a merge with ${deliveries} deliveries of history, ms`]: longMs.toFixed(1),
      "long ÷ short (goal ≤ 1.2)": ratio(longMs, shortMs),
    },
  };
};

/** How long it takes until all of the events are applied. */
const applied = async (world: BenchWorld, events: readonly EventRow[]): Promise<number> => {
  const { store, redisUrl, workspaceId } = world;
  for (let from = 0; from < events.length; from += 1_000)
    await store.events.insertMany(events.slice(from, from + 1_000), { ordered: false });
  await using resources = new AsyncDisposableStack();
  const log = { debug: noLog, info: noLog, warn: noLog, error: noLog };
  const producer = createProducer({ redisUrl, deadlineMs: 10_000, log });
  resources.defer(() => producer.close());
  const jobs = Array.from({ length: Math.ceil(events.length / eventsPerJob) }, (_, job) => ({
    v: 1 as const,
    workspaceId,
    eventIds: events.slice(job * eventsPerJob, (job + 1) * eventsPerJob).map(({ _id }) => _id),
  }));
  const startedAt = performance.now();
  await producer.enqueue(applyEvents, jobs);
  await until(
    async () => (await store.events.countDocuments({ state: "stored" })) === 0 || undefined,
    { what: "all events to be applied", timeoutMs: 300_000, everyMs: 20 },
  );
  return performance.now() - startedAt;
};

const noLog = (): void => undefined;

/** What the server can do at all: as many profiles, by as many upserts at once as a job has events. */
const upserted = async (world: BenchWorld, userIds: readonly string[]): Promise<number> => {
  const collection = world.store.connection.db?.collection<ProfileRow>("bareProfiles");
  if (!collection) throw new Error("not connected");
  const rows = userIds.map((userId) => friend(world, userId));
  const jobs = Array.from({ length: Math.ceil(rows.length / eventsPerJob) }, (_, job) =>
    rows.slice(job * eventsPerJob, (job + 1) * eventsPerJob),
  );
  const startedAt = performance.now();
  const work = async (): Promise<void> => {
    for (let job = jobs.shift(); job; job = jobs.shift())
      await collection.bulkWrite(
        job.map(({ _id, ...row }) => ({
          updateOne: { filter: { _id }, update: { $set: row }, upsert: true },
        })),
        { ordered: false, writeConcern: { w: "majority", j: true } },
      );
  };
  await Promise.all(Array.from({ length: 4 }, work));
  return performance.now() - startedAt;
};

const eventRow = (world: BenchWorld, more: Partial<EventRow> & { _id: string }): EventRow => {
  const at = new Date();
  return {
    workspaceId: world.workspaceId,
    channelId: world.channelId,
    source: "line",
    type: "follow",
    eventId: more._id.split("/").at(-1) ?? "",
    occurredAt: at,
    receivedAt: at,
    state: "stored",
    reason: null,
    lineUserId: null,
    profileId: null,
    appliedAt: null,
    nextAt: new Date(at.getTime() + 600_000),
    body: {},
    hash: "0",
    expireAt: new Date(at.getTime() + 86_400_000),
    ...more,
  };
};

const follow = (world: BenchWorld, lineUserId: string): EventRow =>
  eventRow(world, {
    _id: `${world.channelId}/${newId("evt")}`,
    lineUserId,
    body: { mode: "active", source: { type: "user", userId: lineUserId }, follow: {} },
  });

const identify = (world: BenchWorld, lineUserId: string, n: number): EventRow =>
  eventRow(world, {
    _id: `${world.workspaceId}/track/bench-${n}`,
    channelId: null,
    source: "track",
    type: "identify",
    lineUserId,
    body: {
      userId: `customer-${n}`,
      traits: { plan: "pro", city: "Kobe" },
      context: { line: { provider: benchProvider, userId: lineUserId } },
    },
  });
