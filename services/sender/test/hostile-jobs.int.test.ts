import { queuePrefix } from "@yubin/queue";
import { freePort } from "@yubin/servers/testing";
import { callsOf, newMessageBatch } from "@yubin/store";
import { newId } from "@yubin/types";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";

import { openWorld, until, workspaceId, type World } from "./open-world.ts";

/** The queues whose jobs carry ids, past all checks of a producer. */
const lanes = [
  { queue: "messages", name: "message.deliver", field: "batchId" },
  { queue: "batches", name: "batch.deliver", field: "batchId" },
  { queue: "campaigns", name: "campaign.advance", field: "campaignId" },
] as const;

const openLane = (world: World, queueName: string) => {
  const redis = new Redis(world.servers.redisUrl, { maxRetriesPerRequest: null });
  const prefix = queuePrefix(queueName, world.servers.redisPrefix);
  const queue = new Queue(queueName, { connection: redis, prefix });
  return {
    add: (name: string, payload: unknown, options = {}) => queue.add(name, payload, options),
    /** What no JSON library would have written. */
    addBytes: async (name: string, bytes: string, hashField = "data"): Promise<void> => {
      const job = await queue.add(name, {}, { delay: 300 });
      await redis.hset(`${prefix}:${queueName}:${job.id}`, hashField, bytes);
    },
    delayed: () => queue.getDelayedCount(),
    [Symbol.asyncDispose]: async () => {
      await queue.close();
      redis.disconnect();
    },
  };
};

const metric = async (opsPort: number, pattern: RegExp): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text();
  return Number(pattern.exec(text)?.[1] ?? 0);
};
const letters = (world: World) => world.store.deadLetters.find().toArray();
const attempted = (world: World): number =>
  Object.values(world.simulator.ledger.summary().endpoints).reduce(
    (sum, { attempted: count }) => sum + count,
    0,
  );

describe.each(lanes)("what others put on the queue $queue", ({ queue, name, field }) => {
  it("is buried with its reason, waits for a newer version, or is done with, and calls nobody", async () => {
    const opsPort = await freePort();
    await using world = await openWorld({ env: { OPS_PORT: String(opsPort) } });
    await using lane = openLane(world, queue);
    const good = { v: 1, workspaceId, [field]: "absent" };
    const foreign = await foreignRow(world, field);
    let deep: unknown = "x";
    for (let level = 0; level < 3_000; level += 1) deep = [deep];

    const buried: [unknown, string][] = [
      ["text", "payload_invalid"],
      [[good], "payload_invalid"],
      [{}, "payload_invalid"],
      [{ ...good, workspaceId: undefined }, "payload_invalid"],
      [{ ...good, [field]: undefined }, "payload_invalid"],
      [{ ...good, [field]: { $ne: null } }, "payload_invalid"],
      [{ ...good, [field]: "" }, "payload_invalid"],
      [{ ...good, [field]: "x".repeat(70_000) }, "payload_invalid"],
      [{ ...good, v: "1" }, "payload_invalid"],
      [{ ...good, deep }, "payload_invalid"],
      [{ ...good, [field]: 7, much: "x".repeat(5_000_000) }, "payload_invalid"],
      [JSON.parse(`{"v":1,"workspaceId":"${workspaceId}","__proto__":{}}`), "payload_invalid"],
      [{ ...good, v: 0 }, "version_unsupported"],
      [{ ...good, [field]: foreign }, "workspace_mismatch"],
    ];
    for (const [payload] of buried) await lane.add(name, payload);
    await lane.addBytes(name, "{not json");
    await lane.add(`${name}.unheard`, good);
    await lane.add(name, { ...good, v: 2 });
    await lane.add(name, good);

    const expected = [...buried.map(([, code]) => code), "payload_invalid", "job_unknown"];
    await until(async () => (await letters(world)).length === expected.length, {
      what: "the dead letters",
    });
    const found = await letters(world);
    expect(found.map(({ code }) => code).toSorted()).toEqual(expected.toSorted());
    for (const letter of found) expect(letter).toMatchObject({ queue });
    await until(async () => (await lane.delayed()) === 1, { what: "the newer version to wait" });
    const obsolete = new RegExp(
      `^yubin_jobs_total\\{queue="${queue}",job="${name}",outcome="obsolete",[^}]*\\} (\\d+)$`,
      "m",
    );
    await until(async () => (await metric(opsPort, obsolete)) === 1, { what: "an obsolete job" });
    expect(attempted(world)).toBe(0);
  });
});

it.each([...lanes, { queue: "sends", name: "message.send" }])(
  "buries hundreds of hashes that BullMQ cannot read on the queue $queue, each once, and works on beside them",
  async ({ queue, name }) => {
    await using world = await openWorld();
    await using lane = openLane(world, queue);
    const [userId = ""] = world.simulator.addPeople({ provider: "acme", count: 1 });
    const to = await world.addProfile({ lineUserId: userId });
    const bad = ["opts", "ats", "atm", "parent"];
    await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        lane.addBytes(name, "nope", bad[index % bad.length]),
      ),
    );
    const startedAt = performance.now();
    const batchId = await world.message({ to, messages: [{ type: "text", text: "hi" }] });
    await world.untilSettled(batchId);
    await until(async () => (await letters(world)).length === 300, { what: "the dead letters" });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    for (const letter of await letters(world))
      expect(letter).toMatchObject({
        queue,
        code: "payload_invalid",
        reason: expect.stringMatching(/: not as BullMQ writes it$/),
      });
    await until(
      async () => {
        const [depth] = await world.producer.depths([queue]);
        return depth?.waiting === 0 && depth.active === 0 && depth.delayed === 0;
      },
      { what: "the queue to be empty" },
    );
    expect((await letters(world)).length).toBe(300);
  },
);

/** A row of another workspace's, which no sweeper looks for. */
const foreignRow = async ({ store, channelId }: World, field: string): Promise<string> => {
  const now = new Date();
  const theirs = { workspaceId: "ws_other", nextAt: null };
  const messages = [{ type: "text", text: "[[x]] theirs" }];
  if (field === "batchId") {
    const place = { workspaceId: "ws_other", newId: () => newId("msg"), now };
    const row = newMessageBatch(
      { to: "user:42", channelId, messages },
      { ...place, idempotencyKey: undefined },
    );
    await store.batches.insertOne({ ...row, ...theirs });
    return row._id;
  }
  const id = newId("camp");
  await store.campaigns.insertOne({
    _id: id,
    ...theirs,
    channelId,
    name: "theirs",
    content: { messages },
    contentVersion: 1,
    personal: false,
    audience: { type: "friends" },
    purpose: null,
    state: "planning",
    stateReason: null,
    run: 1,
    fedBatches: 0,
    plannedBatches: null,
    createdAt: now,
    launchedAt: now,
    endedAt: null,
  });
  return id;
};

it("sends what MongoDB says, whatever a job says beside its ids, and nothing twice", async () => {
  await using world = await openWorld();
  await using lane = openLane(world, "messages");
  const [userId = "", other = ""] = world.simulator.addPeople({ provider: "acme", count: 2 });
  const profileId = await world.addProfile({ lineUserId: userId });
  const batchId = await world.message(
    { to: profileId, messages: [{ type: "text", text: "[[mine]] hi" }] },
    newId("key"),
  );
  const forged = {
    v: 1,
    workspaceId,
    batchId,
    to: other,
    lineUserId: other,
    messages: [{ type: "text", text: "[[forged]] hi" }],
    retryKey: "00000000-0000-0000-0000-000000000000",
    token: "stolen",
    channelId: "chan_other",
  };
  await lane.add("message.deliver", forged);
  const row = await world.untilSettled(batchId);
  for (let again = 0; again < 5; again += 1) await lane.add("message.deliver", forged);
  await until(async () => (await world.producer.depths(["messages"]))[0]?.waiting === 0, {
    what: "the queue to be empty",
  });
  expect(row.recipients[0]).toMatchObject({ outcome: "accepted", lineUserId: userId });
  expect(callsOf(row).map(({ retryKey }) => retryKey)).not.toContain(forged.retryKey);
  expect(world.simulator.ledger.recipients("mine").get(userId)).toBe(1);
  expect(world.simulator.ledger.recipients("forged").size).toBe(0);
  expect(await letters(world)).toEqual([]);
});
