import { execFile } from "node:child_process";
import { join } from "node:path";

import { startRedis, type LocalServer } from "@yubin/servers";
import { testServers } from "@yubin/servers/testing";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";

import { provider, startWorld } from "../chaos/world.ts";
import { newSecrets } from "../stack/secrets.ts";

const services = ["ingress", "identity", "sender"] as const;
/** From SIGTERM to the end, whatever hangs. */
const graceMs = 25_000;

describe.each([
  { how: "is gone", stop: (redis: LocalServer) => redis.kill9() },
  {
    how: "hangs",
    stop: async ({ pid = 0 }: LocalServer) => void process.kill(pid, "SIGSTOP"),
  },
])("SIGTERM under load while Redis $how", ({ stop }) => {
  it("ends every service by itself within its grace", async () => {
    await using world = await startWorld({
      seed: 4,
      replicas: { ingress: 1, identity: 1, sender: 1 },
    });
    const { simulator, line, servers, stack } = world;
    const people = simulator.addPeople({ provider, count: 2_000 });
    simulator.follow(line.channelId, people); // a load that outlasts what comes
    await stop(servers.redis);
    try {
      const ends = await Promise.all(
        services.map(async (service) => ({
          service,
          ...(await stack.running[service][0]?.stop()),
        })),
      );
      for (const { service, graceful, tookMs } of ends) {
        expect([service, graceful]).toEqual([service, true]);
        expect(tookMs, service).toBeLessThan(graceMs);
      }
    } finally {
      if (servers.redis.pid !== undefined) process.kill(servers.redis.pid, "SIGCONT");
    }
  });
});

it.each(services)(
  "%s refuses to start on a Redis that would drop jobs, and says what to do",
  async (service) => {
    const redis = await startRedis({ env: { ...process.env, REDIS_URL: undefined } });
    try {
      const client = new Redis(redis.url);
      await client.config("SET", "maxmemory", "100mb");
      await client.config("SET", "maxmemory-policy", "allkeys-lru");
      client.disconnect();
      const { secretKeys, adminKey } = newSecrets();
      const { code, output } = await run(`services/${service}/src/main.ts`, {
        MONGODB_URL: testServers().mongoUrl,
        REDIS_URL: redis.url,
        PUBLIC_URL: "http://127.0.0.1:1",
        PORT: "0",
        OPS_PORT: "0",
        YUBIN_SECRET_KEYS: secretKeys,
        YUBIN_ADMIN_KEY: adminKey,
      });
      expect(code).toBe(1);
      expect(output).toContain("Redis has maxmemory-policy allkeys-lru");
      expect(output).toContain("Set it to noeviction");
      expect(output).not.toContain(secretKeys);
    } finally {
      await redis.stop();
    }
  },
);

const run = (
  entry: string,
  env: Readonly<Record<string, string>>,
): Promise<{ code: unknown; output: string }> =>
  new Promise((resolve) => {
    const root = join(import.meta.dirname, "../..");
    const options = { cwd: root, env, timeout: 60_000 };
    execFile(process.execPath, [join(root, entry)], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    );
  });
