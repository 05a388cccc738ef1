import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import type { TestIngress } from "./setup.ts";

const entry = join(import.meta.dirname, "../../identity/src/main.ts");

/** The real identity, as a process of its own on the same servers; stopped with what it is returned to. */
export const startIdentityProcess = async ({ config }: TestIngress): Promise<AsyncDisposable> => {
  const [secretKey] = config.secretKeys;
  if (!secretKey) throw new Error("the test's ingress has no secret key");
  const child = spawn(process.execPath, [entry], {
    env: {
      MONGODB_URL: config.mongoUrl,
      REDIS_URL: config.redisUrl,
      QUEUE_PREFIX: config.queuePrefix ?? "yubin",
      OPS_PORT: "0",
      YUBIN_SECRET_KEYS: `k1:${secretKey.key.toString("base64")}`,
      LINE_API_BASE_URL: config.lineApiBaseUrl,
      SWEEP_EVERY_MS: "500",
      SHUTDOWN_GRACE_MS: "6000",
      LOG_LEVEL: "warn",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(child, "exit");
  await once(child, "spawn");
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
};
