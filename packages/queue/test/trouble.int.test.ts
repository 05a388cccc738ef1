import { spawn } from "node:child_process";
import { once } from "node:events";
import { startRedis } from "@yubin/servers";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";

import {
  checkRedis,
  createProducer,
  handlerOf,
  RedisUnfitError,
  startWorker,
} from "../src/index.ts";
import { createLog, setUpQueue, soon } from "./set-up-queue.ts";

// A Redis of its own: these tests stop, fill and empty it.
let redis: Awaited<ReturnType<typeof startRedis>>;
beforeAll(async () => {
  redis = await startRedis({ env: { ...process.env, REDIS_URL: undefined } });
  return () => redis.stop();
});

const setUp = () => setUpQueue({ redisUrl: redis.url });
const one = { v: 1 as const, id: "a" };
const collect = (got: string[]) => (payload: { id: string }) =>
  Promise.resolve(void got.push(payload.id));

describe("without Redis", () => {
  it("producers fail within their deadline and work again by themselves", async () => {
    const { contract, log, work } = await setUp();
    const got: string[] = [];
    work([handlerOf(contract(), collect(got))]);
    const producer = createProducer({ redisUrl: redis.url, log, deadlineMs: 200 });
    onTestFinished(() => producer.close());
    await expect
      .poll(
        () =>
          producer.enqueue(contract(), [one]).then(
            () => "in",
            () => "away",
          ),
        soon,
      )
      .toBe("in");
    await expect.poll(() => got, soon).toContain("a");

    await redis.kill9();
    for (let i = 0; i < 20; i += 1) {
      const startedAt = performance.now();
      await expect(producer.enqueue(contract(), [one])).rejects.toMatchObject({
        code: "queue.unavailable",
        retry: "backoff",
      });
      await expect(producer.ping()).rejects.toMatchObject({ code: "queue.unavailable" });
      expect(performance.now() - startedAt).toBeLessThan(5_000);
    }
    await redis.restart();
    const again = { ...one, id: "again" };
    await expect
      .poll(
        () =>
          producer.enqueue(contract(), [again]).then(
            () => "in",
            () => "away",
          ),
        soon,
      )
      .toBe("in");
    await expect.poll(() => got, soon).toContain("again");
  });

  it("producers and workers start, close in time, and log a line now and then", async () => {
    await redis.kill9();
    const { log, lines } = createLog();
    const { contract } = { contract: { name: "thing.do", queue: "q" } };
    const producer = createProducer({ redisUrl: redis.url, log });
    const worker = startWorker({
      queue: contract.queue,
      handlers: [],
      redisUrl: redis.url,
      concurrency: 1,
      log,
      deadLetter: () => Promise.resolve(),
    });
    await expect.poll(() => lines.length, soon).toBeGreaterThan(1);
    const startedAt = performance.now();
    await Promise.all([worker.close(1_000), producer.close()]);
    expect(performance.now() - startedAt).toBeLessThan(6_000);
    expect(lines.length).toBeLessThan(10);
    await redis.restart();
  });

  it("a worker in the middle of a job closes in time", async () => {
    const { contract, producer, work } = await setUp();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const handler = handlerOf(contract(), () => {
      begin();
      return new Promise(() => undefined);
    });
    const worker = work([handler]);
    await producer.enqueue(contract(), [one]);
    await begun;
    await redis.kill9();
    const startedAt = performance.now();
    await worker.close(1_000);
    expect(performance.now() - startedAt).toBeLessThan(6_000);
    await redis.restart();
  });
});

describe("a Redis that lost everything", () => {
  it("is worked with again, without a restart of ours", async () => {
    const { contract, producer, work, intrude } = await setUp();
    const got: string[] = [];
    work([handlerOf(contract(), collect(got))]);
    const { redis: direct } = intrude();
    for (let round = 0; round < 5; round += 1) {
      const payloads = Array.from({ length: 50 }, (_, i) => ({ ...one, id: `${round}/${i}` }));
      await producer.enqueue(contract(), payloads);
      await direct.flushall();
      await producer.enqueue(contract(), [{ ...one, id: `after ${round}` }]);
      await expect.poll(() => got, soon).toContain(`after ${round}`);
    }
  });
});

describe("a full Redis", () => {
  it("stops workers without a busy loop, and they go on when there is room", async () => {
    const { contract, producer, work, lines, intrude } = await setUp();
    const { redis: direct } = intrude();
    const got: string[] = [];
    await producer.enqueue(
      contract(),
      Array.from({ length: 20 }, (_, i) => ({ ...one, id: `${i}` })),
    );
    await direct.config("SET", "maxmemory", "1");
    onTestFinished(async () => {
      await direct.config("SET", "maxmemory", "0");
    });
    expect(await producer.memoryShare()).toBeGreaterThan(1);
    await expect(producer.enqueue(contract(), [one])).rejects.toMatchObject({
      code: "queue.unavailable",
    });

    const before = process.cpuUsage();
    work([handlerOf(contract(), collect(got))]);
    await expect
      .poll(() => lines.filter((line) => line.includes("OOM")).length, soon)
      .toBeGreaterThan(0);
    const oomLines = lines.length;
    await expect.poll(() => lines.length, soon).toBeGreaterThan(oomLines); // five seconds of failing
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(4_000);
    expect(lines.length).toBeLessThan(20);
    expect(got).toEqual([]);

    await direct.config("SET", "maxmemory", "0");
    await expect.poll(() => got.length, soon).toBe(20);
    expect(await producer.memoryShare()).toBeUndefined();
  });

  it("that would drop jobs is refused at the start, with what to do", async () => {
    const { intrude } = await setUp();
    const { redis: direct } = intrude();
    expect(await checkRedis(redis.url, { timeoutMs: 20_000 })).toBe("fit");
    await direct.config("SET", "maxmemory-policy", "allkeys-lru");
    expect(await checkRedis(redis.url, { timeoutMs: 20_000 })).toBe("fit"); // without a limit nothing is dropped
    await direct.config("SET", "maxmemory", "100mb");
    const refused = checkRedis(redis.url, { timeoutMs: 20_000 });
    await expect(refused).rejects.toThrow(RedisUnfitError);
    await expect(refused).rejects.toThrow("noeviction");
    await direct.config("SET", "maxmemory-policy", "noeviction");
    await direct.config("SET", "maxmemory", "0");
  });

  it("that is away is no reason not to start", async () => {
    const startedAt = performance.now();
    expect(await checkRedis("redis://127.0.0.1:9", { timeoutMs: 500 })).toBe("away");
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe("a job whose worker is killed", () => {
  it("is taken over by another one, and was not tried for that", async () => {
    const { contract, producer, work, queue, letters } = await setUp();
    const path = new URL("./fixtures/worker-that-hangs.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [path, queue, redis.url], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => {
      child.kill("SIGKILL");
    });
    await producer.enqueue(contract(), [one]);
    await once(child.stdout, "data");
    child.kill("SIGKILL");

    const attempts: number[] = [];
    work([
      handlerOf(contract({ attempts: 1 }), (_payload, { attempt }) =>
        Promise.resolve(void attempts.push(attempt)),
      ),
    ]);
    await expect.poll(() => attempts, soon).toEqual([1]);
    expect(letters).toEqual([]);
  });

  it("survives a hundred of them and is a dead letter after that", async () => {
    const { contract, work, letters, intrude } = await setUp();
    const { raw, redis: direct, keyOf } = intrude();
    const got: string[] = [];
    for (const [id, deaths] of [
      ["new", 0],
      ["healthy", 100],
      ["poison", 101],
    ] as const) {
      const job = await raw.add("thing.do", { ...one, id });
      await direct.hset(keyOf(job.id ?? ""), "stc", String(deaths));
    }
    work([
      handlerOf(contract(), async ({ id }, { timesLost }) => void got.push(`${id} ${timesLost}`)),
    ]);
    await expect.poll(() => got.toSorted(), soon).toEqual(["healthy 100", "new 0"]);
    await expect
      .poll(() => letters, soon)
      .toMatchObject([{ payload: { id: "poison" }, code: "internal" }]);
  });
});

it("a producer's first question waits for its first connection", async () => {
  const { log, queue } = await setUp();
  const lines = createLog();
  const producer = createProducer({ redisUrl: redis.url, log: lines.log, deadlineMs: 5_000 });
  onTestFinished(() => producer.close());
  const asked = [producer.memoryShare(), producer.ping(), producer.depths([queue])];
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "fulfilled",
  ]);
  expect(lines.lines).toEqual([]);

  const nowhere = createProducer({ redisUrl: "redis://127.0.0.1:1", log, deadlineMs: 5_000 });
  onTestFinished(() => nowhere.close());
  for (let ask = 0; ask < 20; ask += 1)
    await expect(nowhere.ping()).rejects.toMatchObject({ code: "queue.unavailable" });
  const startedAt = performance.now();
  await expect(nowhere.ping()).rejects.toMatchObject({ code: "queue.unavailable" });
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
