import { randomUUID } from "node:crypto";

import { startServers } from "@yubin/servers";
import type { LocalServers } from "@yubin/servers";
import type { TestRun } from "@yubin/servers/testing";
import { createConnection } from "mongoose";
import type { TestProject } from "vitest/node";

/** Starts one Redis and one MongoDB for all tests of a project; each test takes names of its own on them. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const servers = await startServers({ log: (line) => console.log(line) });
  const run: TestRun = {
    mongoUrl: servers.mongo.url,
    redisUrl: servers.redis.url,
    mongoName: `${servers.mongo.name} ${servers.mongo.version}`,
    mongoSource: servers.mongo.source,
    runName: `yubin_test_${randomUUID().slice(0, 8)}`,
  };
  project.provide("mongoUrl", run.mongoUrl);
  project.provide("redisUrl", run.redisUrl);
  project.provide("mongoName", run.mongoName);
  project.provide("mongoSource", run.mongoSource);
  project.provide("runName", run.runName);

  return async () => {
    if (servers.mongo.source === "url") await dropDatabases(servers, run);
    await servers.stop();
  };
};

/** A server that is not ours outlives the tests, so it must not keep their data. */
const dropDatabases = async ({ mongo }: LocalServers, { runName }: TestRun): Promise<void> => {
  const connection = await createConnection(mongo.url).asPromise();
  try {
    const { databases } = await connection.listDatabases();
    for (const { name } of databases.filter((one) => one.name.startsWith(runName))) {
      await connection.useDb(name).dropDatabase();
    }
  } finally {
    await connection.close();
  }
};
