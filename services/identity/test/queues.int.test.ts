import { createProducer, type Producer } from "@yubin/queue";
import { applyEvents, defineJob, fetchProfile, reconcileChannel, runBackfill } from "@yubin/types";
import { Redis } from "ioredis";
import { expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { channelId, lineEvent, lineUser, workspaceId } from "./made-events.ts";
import { brokenPromises, openPeopleWorld, type PeopleWorld } from "./people-world.ts";
import { startTestIdentity } from "./start-test-identity.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const setup = async () => {
  const world = await openPeopleWorld();
  const { mongoUrl, redisUrl, redisPrefix } = world.servers;
  const env = { MONGODB_URL: mongoUrl, REDIS_URL: redisUrl, QUEUE_PREFIX: redisPrefix };
  const producer = createProducer({
    redisUrl,
    prefix: redisPrefix,
    deadlineMs: 5_000,
    log: silent,
  });
  onTestFinished(() => producer.close());
  await vi.waitFor(() => producer.ping(), 5_000);
  return { world, env, producer };
};

const enqueue = (producer: Producer, events: readonly InboxEvent[], size = 50): Promise<void> =>
  producer.enqueue(
    applyEvents,
    Array.from({ length: Math.ceil(events.length / size) }, (_, job) => ({
      v: 1 as const,
      workspaceId,
      eventIds: events.slice(job * size, (job + 1) * size).map(({ id }) => id),
    })),
  );

const untilApplied = (world: PeopleWorld, count: number, timeout = 50_000): Promise<void> =>
  vi.waitFor(
    async () => {
      const applied = await world.store.events.countDocuments({ state: "applied" });
      expect(applied).toBe(count);
    },
    { timeout, interval: 100 },
  );

const followers = (count: number): InboxEvent[] =>
  Array.from({ length: count }, (_, n) => lineEvent("follow", lineUser(n)));

it("applies jobs in two replicas at once, each event once, and says so on /metrics", async () => {
  const { world, env, producer } = await setup();
  const [one] = await Promise.all([startTestIdentity(env), startTestIdentity(env)]);
  const events = followers(1_000);
  await world.keep(events);
  await enqueue(producer, events);
  await enqueue(producer, events);
  await untilApplied(world, 1_000);
  expect(await world.store.profiles.countDocuments({})).toBe(1_000);
  expect(await brokenPromises(world.store)).toEqual([]);

  const metrics = await (await fetch(`${one.opsUrl}/metrics`)).text();
  expect(metrics).toContain('yubin_identity_events_total{type="follow",state="applied"');
  expect(metrics).not.toContain(workspaceId);
});

it("finishes what Redis forgot in the middle", async () => {
  const { world, env, producer } = await setup();
  const events = followers(400);
  await world.keep(events);
  const redis = new Redis(env.REDIS_URL);
  onTestFinished(() => redis.disconnect());
  let steps = 0;
  // Our prefix is all that is ours on a Redis shared with other tests: its keys vanish as in a FLUSHALL.
  const forget = async (): Promise<void> => {
    const keys = await redis.keys(`${env.QUEUE_PREFIX}*`);
    if (keys.length > 0) await redis.del(...keys);
  };
  await enqueue(producer, events, 20);
  const identity = await startTestIdentity({ ...env, APPLY_CONCURRENCY: "1" }, async () => {
    steps += 1;
    if (steps === 10) await forget();
  });
  await untilApplied(world, 400);
  expect(steps).toBeGreaterThan(10);
  expect(await brokenPromises(world.store)).toEqual([]);
  expect(identity.logged.some((line) => line.includes('"swept"'))).toBe(true);
});

it("finds events that were never enqueued", async () => {
  const { world, env } = await setup();
  const events = followers(300);
  await world.keep(events);
  await startTestIdentity(env);
  await untilApplied(world, 300);
});

it("leaves fresh events to the jobs that are on their way", async () => {
  const { world, env } = await setup();
  const fresh = lineEvent("follow", lineUser(1), { receivedAt: new Date() });
  const old = lineEvent("follow", lineUser(2));
  await world.keep([fresh, old]);
  await startTestIdentity(env);
  await untilApplied(world, 1);
  const row = await world.store.events.findOne({ _id: fresh.id });
  expect(row?.state).toBe("stored");
});

it("acknowledges jobs for events that are gone or done, and buries those of other workspaces", async () => {
  const { world, env, producer } = await setup();
  const [done] = followers(1);
  if (!done) throw new Error("one was made");
  const foreign = lineEvent("follow", lineUser(7), {
    workspaceId: "ws_other",
    receivedAt: new Date(Date.now() + 60_000), // not the sweeper's
  });
  await world.keep([done, foreign]);
  await world.apply([done]);
  await startTestIdentity(env);
  await enqueue(producer, [done]);
  await producer.enqueue(applyEvents, [{ v: 1, workspaceId, eventIds: ["chan_1/absent"] }]);
  await producer.enqueue(applyEvents, [{ v: 1, workspaceId, eventIds: [foreign.id] }]);

  await vi.waitFor(
    async () => {
      const letters = await world.store.deadLetters.find().toArray();
      expect(letters.map(({ code }) => code)).toEqual(["workspace_mismatch"]);
      const [depth] = await producer.depths([applyEvents.queue]);
      expect(depth).toMatchObject({ waiting: 0, active: 0, delayed: 0 });
    },
    { timeout: 20_000 },
  );
  expect(await world.store.profiles.countDocuments({})).toBe(1);
});

it.each([
  {
    contract: applyEvents,
    good: { v: 1, workspaceId, eventIds: ["chan_1/absent"] },
    field: "eventIds",
  },
  {
    contract: fetchProfile,
    good: { v: 1, workspaceId, channelId, profileId: "prof_x", lineUserId: lineUser(1) },
    field: "profileId",
  },
  {
    contract: runBackfill,
    good: { v: 1, workspaceId, backfillId: "backfill_absent" },
    field: "backfillId",
  },
  {
    contract: reconcileChannel,
    good: { v: 1, workspaceId, channelId: "chan_absent" },
    field: "channelId",
  },
])("judges what others put on the queue of $contract.name", async ({ contract, good, field }) => {
  const { world, env, producer } = await setup();
  const { opsUrl } = await startTestIdentity(env);
  const { name, queue } = contract;
  const anything = defineJob({ name, queue, schema: z.unknown(), attempts: 1, backoffMs: 1 });
  let deep: unknown = "x";
  for (let level = 0; level < 3_000; level += 1) deep = [deep];
  const buried: [unknown, string][] = [
    ["text", "payload_invalid"],
    [[good], "payload_invalid"],
    [{}, "payload_invalid"],
    [{ ...good, workspaceId: { $ne: null } }, "payload_invalid"],
    [{ ...good, workspaceId: undefined }, "payload_invalid"],
    [{ ...good, [field]: { $ne: null } }, "payload_invalid"],
    [{ ...good, [field]: [] }, "payload_invalid"],
    [{ ...good, [field]: [""] }, "payload_invalid"],
    [{ ...good, [field]: "x".repeat(60_000) }, "payload_invalid"],
    [{ ...good, deep }, "payload_invalid"],
    [{ ...good, v: 0 }, "version_unsupported"],
  ];
  await producer.enqueue(
    anything,
    buried.map(([payload]) => payload),
  );
  await producer.enqueue({ ...anything, name: "things.do" }, [good]);
  await producer.enqueue(anything, [
    { ...good, v: 2 },
    { ...good, body: "forged", retryKey: "x" },
  ]);

  const obsolete = new RegExp(
    `^yubin_jobs_total\\{queue="${queue}",job="${name}",outcome="obsolete",[^}]*\\} 1$`,
    "m",
  );
  await vi.waitFor(
    async () => {
      const letters = await world.store.deadLetters.find().toArray();
      expect(letters.map(({ code }) => code).toSorted()).toEqual(
        [...buried.map(([, code]) => code), "job_unknown"].toSorted(),
      );
      const [depth] = await producer.depths([queue]);
      expect(depth).toMatchObject({ waiting: 0, active: 0, delayed: 1 }); // the newer version
      expect(await (await fetch(`${opsUrl}/metrics`)).text()).toMatch(obsolete);
    },
    { timeout: 30_000 },
  );
  expect(await world.store.profiles.countDocuments({})).toBe(0);
});

it("writes no name, text or LINE ID into its log", async () => {
  const { world, env, producer } = await setup();
  const text = "my secret words";
  const events = [
    lineEvent("follow", lineUser(1)),
    lineEvent("message", lineUser(1), { body: { message: { id: "1", text } } }),
  ];
  await world.keep(events);
  const identity = await startTestIdentity(env);
  await enqueue(producer, events);
  await untilApplied(world, 2);
  await identity.close();
  const log = identity.logged.join("\n");
  expect(identity.logged.length).toBeGreaterThan(0);
  expect(log).not.toContain(text);
  expect(log).not.toContain(lineUser(1));
});

it("sets an event aside after which processes were lost again and again, and applies those beside it", async () => {
  const { world, env, producer } = await setup();
  const [poison, ...others] = followers(20).map((event) => ({
    ...event,
    receivedAt: new Date(Date.now() + 60_000), // not the sweeper's
  }));
  if (!poison) throw new Error("twenty were made");
  await world.keep([poison, ...others]);
  await world.store.events.updateOne({ _id: poison.id }, { $set: { tries: 4 } });
  await enqueue(producer, [poison, ...others]);
  const redis = new Redis(env.REDIS_URL);
  onTestFinished(() => redis.disconnect());
  const [job = ""] = await redis.keys(`${env.QUEUE_PREFIX}*:events.apply/*`);
  await redis.hset(job, "stc", "3"); // as BullMQ counts lost workers

  const { logged } = await startTestIdentity(env);
  await untilApplied(world, 19);
  const row = await world.store.events.findOne({ _id: poison.id });
  expect(row).toMatchObject({ state: "quarantined", reason: "apply_failed", nextAt: null });
  expect(logged.filter((line) => line.includes("processes died with it"))).toHaveLength(1);
  expect(await world.store.deadLetters.countDocuments({})).toBe(0);
});

it("starts without a warning beside events and names that were left behind", async () => {
  const { world, env } = await setup();
  await world.keep(
    followers(20).map((event) => ({ ...event, receivedAt: new Date(Date.now() - 600_000) })),
  );
  const identity = await startTestIdentity(env);
  await untilApplied(world, 20);
  expect(identity.logged.filter((line) => /"level":"(?:warn|error)"/.test(line))).toEqual([]);
});

it.each([applyEvents, fetchProfile])(
  "buries hundreds of hashes of $name that BullMQ cannot read, each once, and works on beside them",
  async ({ queue, name }) => {
    const { world, env, producer } = await setup();
    const empty = defineJob({
      name,
      queue,
      schema: z.object({}),
      attempts: 1,
      backoffMs: 1,
    });
    await producer.enqueue(
      empty,
      Array.from({ length: 300 }, () => ({})),
    );
    const redis = new Redis(env.REDIS_URL);
    onTestFinished(() => redis.disconnect());
    const bad = ["opts", "ats", "atm", "parent"];
    const jobs = await redis.keys(`${env.QUEUE_PREFIX}*:${name}/*`);
    expect(jobs).toHaveLength(300);
    await Promise.all(
      jobs.map((job, index) => redis.hset(job, bad[index % bad.length] ?? "", "nope")),
    );
    const events = followers(20);
    await world.keep(events);
    await enqueue(producer, events);
    await startTestIdentity(env);
    await untilApplied(world, 20, 10_000);
    await vi.waitFor(
      async () => expect(await world.store.deadLetters.countDocuments({ queue })).toBe(300),
      { timeout: 10_000, interval: 100 },
    );
    expect(await world.store.deadLetters.distinct("code")).toEqual(["payload_invalid"]);
    expect((await world.store.deadLetters.distinct("reason")).toSorted()).toEqual(
      bad.map((field) => `${field}: not as BullMQ writes it`).toSorted(),
    );
  },
);
