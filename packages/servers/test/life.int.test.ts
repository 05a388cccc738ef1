import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";

import { Redis } from "ioredis";
import { MongoClient } from "mongodb";
import { expect, it, onTestFinished } from "vitest";

import { startMongo, startRedis, startServers } from "../src/index.ts";
import type { LocalServer } from "../src/index.ts";
import { kill9, runFixture } from "./run-fixture.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const ours = { ...process.env, REDIS_URL: "", MONGODB_URL: "" };

const writeRedis = async ({ url }: LocalServer, key: string): Promise<void> => {
  const redis = new Redis(url);
  await redis.set(key, "x");
  redis.disconnect();
};
const redisKeys = async ({ url }: LocalServer): Promise<string[]> => {
  const redis = new Redis(url);
  const keys = await redis.keys("*");
  redis.disconnect();
  return keys.toSorted();
};
const withRows = async <T>(
  { url }: LocalServer,
  work: (rows: ReturnType<typeof rowsOf>) => Promise<T>,
): Promise<T> => {
  await using client = await new MongoClient(url).connect();
  return await work(rowsOf(client));
};
const rowsOf = (client: MongoClient) => client.db("life").collection<{ _id: string }>("rows");
const writeMongo = (server: LocalServer, _id: string) =>
  withRows(server, (rows) => rows.insertOne({ _id }, { writeConcern: { w: "majority", j: true } }));
const mongoIds = (server: LocalServer): Promise<string[]> =>
  withRows(server, async (rows) =>
    (await rows.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id),
  );

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`) || signalReaches(pid);
const signalReaches = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it.each([
  { title: "Redis", start: startRedis, write: writeRedis, read: redisKeys },
  { title: "MongoDB", start: startMongo, write: writeMongo, read: mongoIds },
])("keeps $title's port and acknowledged writes through kill -9 and restart", async (one) => {
  const server = await one.start({ env: ours });
  onTestFinished(() => server.stop());
  const { url, pid } = server;
  await one.write(server, "before the kill");

  await server.kill9();
  expect(server.pid).toBeUndefined();
  await server.restart();
  expect(server.url).toBe(url);
  expect(server.pid).not.toBe(pid);
  expect(await one.read(server)).toEqual(["before the kill"]);

  await one.write(server, "before the restart");
  await server.restart(); // of one that runs
  expect(await one.read(server)).toEqual(["before the kill", "before the restart"]);
});

it("says so when a server ends by itself", async () => {
  const lines: string[] = [];
  const redis = await startRedis({ env: ours, log: (line) => lines.push(line) });
  onTestFinished(() => redis.stop());
  process.kill(redis.pid ?? 0, "SIGKILL");
  await expect.poll(() => lines.at(-1)).toBe("Redis: ended by itself (SIGKILL)");
  expect(redis.pid).toBeUndefined();
  await redis.restart();
  expect(await redisKeys(redis)).toEqual([]);
});

it("removes temporary data at stop, and may be stopped twice", async () => {
  const temporary = await temporaryFolder();
  const redis = await startRedis({ env: { ...ours, TMPDIR: temporary } });
  expect(await readdir(temporary)).toHaveLength(1);
  await redis.stop();
  await redis.stop();
  expect(await readdir(temporary)).toEqual([]);
});

it("keeps the data folder over stops, and lets one process use it at a time", async () => {
  const dataDir = await temporaryFolder();
  const first = await startServers({ dataDir, env: ours });
  onTestFinished(() => first.stop());
  await writeRedis(first.redis, "kept");
  await writeMongo(first.mongo, "kept");
  await expect(startServers({ dataDir, env: ours })).rejects.toThrow(
    "is in use by another process",
  );
  await first.stop();

  const second = await startServers({ dataDir, env: ours });
  onTestFinished(() => second.stop());
  expect(await redisKeys(second.redis)).toEqual(["kept"]);
  expect(await mongoIds(second.mongo)).toEqual(["kept"]);
}, 120_000);

it("leaves no process and no data behind when the process that started them is killed", async () => {
  const temporary = await temporaryFolder();
  const parent = runFixture("start-and-wait.ts", [], {
    TMPDIR: temporary,
    REDIS_URL: "",
    MONGODB_URL: "",
  });
  const pids = JSON.parse(await parent.nextLine()) as number[];
  expect(pids.map(isAlive)).toEqual([true, true]);
  expect(await readdir(temporary)).toHaveLength(2);

  await kill9(parent);
  const timeout = 20_000;
  await expect.poll(() => pids.some(isAlive), { timeout }).toBe(false);
  await expect.poll(() => readdir(temporary), { timeout }).toEqual([]);
}, 120_000);
