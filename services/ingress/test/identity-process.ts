import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { freePort } from "@yubin/servers/testing";

import type { TestIngress } from "./setup.ts";

const entry = join(import.meta.dirname, "../../identity/src/main.ts");
const startMaxMs = 60_000;

/** The real identity, as a process of its own on the same servers, once it is ready. */
export const startIdentityProcess = async ({ config }: TestIngress): Promise<AsyncDisposable> => {
  const [secretKey] = config.secretKeys;
  if (!secretKey) throw new Error("the test's ingress has no secret key");
  const opsPort = await freePort();
  const child = spawn(process.execPath, [entry], {
    env: {
      MONGODB_URL: config.mongoUrl,
      REDIS_URL: config.redisUrl,
      QUEUE_PREFIX: config.queuePrefix ?? "yubin",
      OPS_PORT: String(opsPort),
      YUBIN_SECRET_KEYS: `k1:${secretKey.key.toString("base64")}`,
      LINE_API_BASE_URL: config.lineApiBaseUrl,
      SWEEP_EVERY_MS: "500",
      SHUTDOWN_GRACE_MS: "6000",
      LOG_LEVEL: "warn",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(child, "exit");
  for (const until = performance.now() + startMaxMs; ; await pause(50)) {
    const ready = await fetch(`http://127.0.0.1:${opsPort}/readyz`).catch(() => undefined);
    if (ready?.ok) break;
    if (performance.now() > until) throw new Error("identity did not start");
  }
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
};
