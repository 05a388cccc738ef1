import { describe, expect, it, onTestFinished } from "vitest";

import { createLogger, createMetrics, startOpsServer, type Readiness } from "../src/index.ts";

const start = async (ready: () => Promise<Readiness[]>) => {
  const log = createLogger({ service: "test", level: "silent" });
  const ops = await startOpsServer({ port: 0, metrics: createMetrics("test"), ready, log });
  onTestFinished(() => ops.close());
  return (path: string, method = "GET") => fetch(`http://127.0.0.1:${ops.port}${path}`, { method });
};

describe("the ops server", () => {
  it("says that the process lives, is ready, and what it counts", async () => {
    const ask = await start(() => Promise.resolve([{ name: "mongodb", ok: true }]));
    expect((await ask("/healthz")).status).toBe(200);
    const ready = await ask("/readyz?x=1");
    expect(ready.status).toBe(200);
    await expect(ready.json()).resolves.toEqual({
      status: "ok",
      checks: [{ name: "mongodb", ok: true }],
    });
    const metrics = await ask("/metrics");
    expect(metrics.headers.get("content-type")).toContain("text/plain");
    expect(await metrics.text()).toContain("process_resident_memory_bytes");
  });

  it("is alive but not ready when something is away", async () => {
    const ask = await start(() =>
      Promise.resolve([
        { name: "mongodb", ok: false },
        { name: "redis", ok: true },
      ]),
    );
    expect((await ask("/healthz")).status).toBe(200);
    const ready = await ask("/readyz");
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      checks: [
        { name: "mongodb", ok: false },
        { name: "redis", ok: true },
      ],
    });
  });

  it("knows nothing else", async () => {
    const ask = await start(() => Promise.reject(new Error("broken")));
    expect((await ask("/")).status).toBe(404);
    expect((await ask("/metrics/../etc/passwd")).status).toBe(404);
    expect((await ask("/healthz", "POST")).status).toBe(405);
    expect((await ask("/readyz")).status).toBe(503);
  });
});
