import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@yubin/servers";
import { expect, it, onTestFinished } from "vitest";

import { startNode } from "./node-process.ts";
import { newSecrets } from "./secrets.ts";

it.each(["ingress", "identity", "sender"])(
  "%s is alive and not ready while there is no MongoDB, and stops when told to",
  async (service) => {
    const logDir = await mkdtemp(join(tmpdir(), "yubin-waiting-"));
    onTestFinished(() => rm(logDir, { recursive: true, force: true }));
    const [opsPort, port, nowhere] = [await freePort(), await freePort(), await freePort()];
    const { adminKey, secretKeys } = newSecrets();
    const waiting = await startNode({
      name: service,
      entry: `services/${service}/src/main.ts`,
      env: {
        MONGODB_URL: `mongodb://127.0.0.1:${nowhere}/yubin`,
        REDIS_URL: `redis://127.0.0.1:${nowhere}`,
        OPS_PORT: String(opsPort),
        YUBIN_SECRET_KEYS: secretKeys,
        PUBLIC_URL: "http://127.0.0.1",
        ...(service === "ingress" ? { PORT: String(port), YUBIN_ADMIN_KEY: adminKey } : {}),
      },
      logDir,
      readyUrl: `http://127.0.0.1:${opsPort}/healthz`,
    });
    onTestFinished(() => waiting.kill9());

    const ready = await fetch(`http://127.0.0.1:${opsPort}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({
      status: "unavailable",
      checks: [{ name: "start", ok: false }],
    });
    expect(await waiting.stop()).toMatchObject({ graceful: true });
  },
);
