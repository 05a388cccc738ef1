import { randomUUID } from "node:crypto";
import { inject } from "vitest";

export { freePort } from "./free-port.ts";
export { pythonWith } from "./python-for-tests.ts";

/** What the start of a test run tells its test files. */
export interface TestRun {
  readonly mongoUrl: string;
  readonly redisUrl: string;
  /** The MongoDB server's name and version. */
  readonly mongoName: string;
  /** The source it came from; "url" means that it is not ours to kill. */
  readonly mongoSource: string;
  /** Starts the names of everything that this run of the tests leaves behind. */
  readonly runName: string;
}

declare module "vitest" {
  interface ProvidedContext extends TestRun {}
}

/** The servers of this test run, with names of its own for whoever asks. */
export interface TestServers {
  /** Leads to `databaseName`. */
  readonly mongoUrl: string;
  readonly databaseName: string;
  readonly redisUrl: string;
  /** For keys and queues in Redis; its braces keep them in one slot of a cluster. */
  readonly redisPrefix: string;
}

/** Gives each caller a database and a Redis prefix that nobody else uses: call it once per test file, or per test. */
export const testServers = (): TestServers => {
  const databaseName = `${inject("runName")}_${randomUUID().slice(0, 8)}`;
  return {
    mongoUrl: withDatabase(inject("mongoUrl"), databaseName),
    databaseName,
    redisUrl: inject("redisUrl"),
    redisPrefix: `{${databaseName}}`,
  };
};

/** The same server, with this database as the one that clients open. */
const withDatabase = (serverUrl: string, databaseName: string): string => {
  const [before = "", options] = serverUrl.split("?");
  const [, scheme = "", hosts = ""] = /^([^:]+:\/\/)([^/]+)/.exec(before) ?? [];
  return `${scheme}${hosts}/${databaseName}${options === undefined ? "" : `?${options}`}`;
};
