import { describe, expect, it } from "vitest";

import { createMetrics } from "./metrics.ts";

describe("metrics", () => {
  it("count by labels under the service's name", async () => {
    const metrics = createMetrics("ingress");
    const spec = { name: "yubin_test_total", help: "Tests.", labels: ["outcome"] } as const;
    metrics.counter(spec).inc({ outcome: "ok" });
    metrics.counter(spec).inc({ outcome: "ok" }, 2);
    const text = await metrics.text();
    expect(text).toContain('yubin_test_total{outcome="ok",service="ingress"} 3');
    expect(text).toContain("process_cpu_seconds_total");
  });

  it("do not know tenants or people", () => {
    const metrics = createMetrics("ingress");
    for (const label of ["workspaceId", "profile_id", "lineUserId", "token"])
      expect(() => metrics.counter({ name: "x_total", help: "x", labels: [label] })).toThrow(label);
  });

  it("are readable when one source fails", async () => {
    const metrics = createMetrics("ingress");
    metrics.gauge({
      name: "yubin_away",
      help: "x",
      collect: () => Promise.reject(new Error("away")),
    });
    metrics.gauge({ name: "yubin_here", help: "x", collect: (gauge) => gauge.set(7) });
    expect(await metrics.text()).toContain('yubin_here{service="ingress"} 7');
  });
});
