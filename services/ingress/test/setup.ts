import { randomBytes } from "node:crypto";
import { createLogger } from "@yubin/kit";
import { useLineDispatcher } from "@yubin/line";
import { testServers } from "@yubin/servers/testing";
import { onTestFinished } from "vitest";

import { readConfig, type Config } from "../src/config.ts";
import { startIngress } from "../src/start.ts";

export const adminKey = "yb_live_test-admin-key-0123456789";

useLineDispatcher();

export interface TestIngress {
  readonly url: string;
  readonly port: number;
  readonly opsUrl: string;
  readonly config: Config;
  /** What it logged, line by line. */
  readonly logged: readonly string[];
  close(): Promise<void>;
}

/** One ingress in this process, on servers of the test run, closed with the test. */
export const startTestIngress = async (
  env: Record<string, string> = {},
  now?: () => Date,
): Promise<TestIngress> => {
  const servers = testServers();
  const config = readConfig({
    MONGODB_URL: servers.mongoUrl,
    REDIS_URL: servers.redisUrl,
    QUEUE_PREFIX: servers.redisPrefix,
    PORT: "0",
    HOST: "127.0.0.1",
    OPS_PORT: "0",
    PUBLIC_URL: "http://127.0.0.1:1",
    YUBIN_SECRET_KEYS: `k1:${randomBytes(32).toString("base64")}`,
    YUBIN_ADMIN_KEY: adminKey,
    LINE_API_BASE_URL: "http://127.0.0.1:1",
    ...env,
  });
  const logged: string[] = [];
  const log = createLogger({
    service: "ingress",
    level: "debug",
    destination: { write: (line) => void logged.push(line) },
  });
  const resources = new AsyncDisposableStack();
  const { port, opsPort } = await startIngress({
    config,
    log,
    resources,
    ...(now ? { now } : {}),
  });
  const close = (): Promise<void> => resources.disposeAsync();
  onTestFinished(close);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    opsUrl: `http://127.0.0.1:${opsPort}`,
    config,
    logged,
    close,
  };
};
