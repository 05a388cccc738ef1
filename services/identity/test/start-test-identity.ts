import { randomBytes } from "node:crypto";
import { createLogger } from "@yubin/kit";
import { useLineDispatcher } from "@yubin/line";
import { onTestFinished } from "vitest";

import { readConfig, type Config } from "../src/config.ts";
import { startIdentity } from "../src/start.ts";
import type { AtEnd } from "./people-world.ts";

useLineDispatcher();

export const secretKey = randomBytes(32);

export interface TestIdentity {
  readonly config: Config;
  readonly opsUrl: string;
  /** What it logged, line by line. */
  readonly logged: readonly string[];
  close(): Promise<void>;
}

/** One identity in this process, closed with the test. */
export const startTestIdentity = async (
  env: Record<string, string>,
  step?: (name: string) => void | Promise<void>,
  atEnd: AtEnd = onTestFinished,
): Promise<TestIdentity> => {
  const config = readConfig({
    OPS_PORT: "0",
    YUBIN_SECRET_KEYS: `k1:${secretKey.toString("base64")}`,
    LINE_API_BASE_URL: "http://127.0.0.1:1",
    SHUTDOWN_GRACE_MS: "6000",
    SWEEP_EVERY_MS: "500",
    ...env,
  });
  const logged: string[] = [];
  const log = createLogger({
    service: "identity",
    level: "debug",
    destination: { write: (line) => void logged.push(line) },
  });
  const resources = new AsyncDisposableStack();
  const { opsPort } = await startIdentity({ config, log, resources, ...(step ? { step } : {}) });
  const close = (): Promise<void> => resources.disposeAsync();
  atEnd(close);
  return { config, opsUrl: `http://127.0.0.1:${opsPort}`, logged, close };
};
