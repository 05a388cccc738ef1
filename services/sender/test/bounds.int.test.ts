import { queuePrefix } from "@yubin/queue";
import { Queue } from "bullmq";
import { expect, it } from "vitest";
import { setTimeout as pause } from "node:timers/promises";

import { countsOf, openWorld, until, type World } from "./open-world.ts";

const openQueues = (world: World, names: readonly string[]) => {
  const url = new URL(world.servers.redisUrl);
  const queues = names.map(
    (name) =>
      new Queue(name, {
        connection: { host: url.hostname, port: Number(url.port) },
        prefix: queuePrefix(name, world.servers.redisPrefix),
      }),
  );
  return {
    /** Jobs that wait, run or rest. */
    count: async (): Promise<number> => {
      const counts = await Promise.all(queues.map((queue) => queue.getJobCounts()));
      return counts.flatMap((one) => Object.values(one)).reduce((sum, one) => sum + one, 0);
    },
    /** For how long the jobs under way have been so. */
    agesMs: async (): Promise<number[]> => {
      const active = (await Promise.all(queues.map((queue) => queue.getActive()))).flat();
      return active.map(({ processedOn = Date.now() }) => Date.now() - processedOn);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(queues.map((queue) => queue.close()));
    },
  };
};

/** Looks again and again while something runs. */
const lookWhile = async (running: Promise<void>, look: () => Promise<void>): Promise<void> => {
  const over = running.then(() => true);
  while (!(await Promise.race([over, pause(20, false)]))) await look();
};

it("a campaign of 50,000 people is never more than a few jobs in Redis", async () => {
  // So slow that jobs would pile up where nothing keeps them from it.
  const limits = { pushPerSecond: 100, multicastPerSecond: 1 };
  await using world = await openWorld({ senders: 2, limits });
  await world.addFriends(50_000);
  await using queues = openQueues(world, ["batches", "campaigns", "messages"]);
  let most = 0;
  const id = await world.launch({ text: "[[m]] The shop opens at ten" });
  // By then it is known that LINE takes it, and as many are under way as may be.
  const isPlanned = async (): Promise<boolean> =>
    (await world.campaign(id)).plannedBatches === 100 &&
    world.simulator.ledger.summary().acceptedCalls >= 4;
  const planned = until(isPlanned, { what: "the whole plan", timeoutMs: 120_000 });
  await lookWhile(planned, async () => {
    most = Math.max(most, await queues.count());
  });
  // 16 batches are under way; one may have a second job for a moment, and the campaign has a few of its own.
  expect(most).toBeGreaterThanOrEqual(16);
  expect(most).toBeLessThanOrEqual(40);

  await world.store.channels.updateMany({}, { $set: { "limits.multicastPerSecond": 200 } });
  await world.untilDone(id, 120_000);
  const { counted, recounted } = await countsOf(world, id);
  expect(counted).toEqual(recounted);
  expect(counted).toMatchObject({ audience: 50_000, accepted: 50_000, queued: 0 });
  expect(world.simulator.ledger.summary()).toMatchObject({
    accepted: 50_000,
    duplicates: 0,
    acceptedCalls: 100,
  });
});

it("a LINE that takes calls and never answers keeps no job for ever", async () => {
  // So few sockets that most calls wait for one behind calls that hang.
  await using world = await openWorld({ env: { LINE_CONNECTIONS: "20" } });
  await world.addFriends(150);
  await using queues = openQueues(world, ["batches"]);
  world.simulator.faults.set([{ kind: "hangBefore", rate: 1, hangMs: 600_000, endpoint: "push" }]);
  const id = await world.launch({ text: "[[m]] {{ profile.displayName }}" });
  let oldestMs = 0;
  const tried = until(
    async () =>
      (await world.batchesOf(id)).some(({ calls }) => calls.some((call) => call.attempts >= 2)),
    { what: "a second try", timeoutMs: 120_000 },
  );
  await lookWhile(tried, async () => {
    oldestMs = Math.max(oldestMs, ...(await queues.agesMs()));
  });
  expect(oldestMs).toBeGreaterThan(5_000);
  expect(oldestMs).toBeLessThan(65_000);

  world.simulator.faults.clear();
  await world.untilDone(id, 120_000);
  expect((await countsOf(world, id)).counted).toMatchObject({ audience: 150, accepted: 150 });
  expect(world.simulator.ledger.summary()).toMatchObject({ accepted: 150, duplicates: 0 });
});
