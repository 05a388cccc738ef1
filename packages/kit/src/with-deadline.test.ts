import { describe, expect, it } from "vitest";

import { createReadiness, readinessAnswer } from "./readiness.ts";
import { withDeadline } from "./with-deadline.ts";

const never = (): Promise<never> => new Promise(() => undefined);

describe("a deadline", () => {
  it("fails with the code it was given and aborts the signal, whether anybody listens or not", async () => {
    let signal: AbortSignal | undefined;
    const late = withDeadline(
      20,
      (given) => {
        signal = given;
        return never();
      },
      "store.unavailable",
    );
    await expect(late).rejects.toMatchObject({ code: "store.unavailable" });
    expect(signal?.aborted).toBe(true);
  });

  it("passes on what comes in time", async () => {
    await expect(withDeadline(5_000, () => Promise.resolve(7), "internal")).resolves.toBe(7);
    const broken = withDeadline(5_000, () => Promise.reject(new Error("broken")), "internal");
    await expect(broken).rejects.toThrow("broken");
  });
});

describe("readiness", () => {
  it("names what fails, hangs or throws at once", async () => {
    const ready = createReadiness(
      {
        mongodb: () => Promise.resolve(),
        redis: never,
        line: () => Promise.reject(new Error("away")),
        broken: () => {
          throw new Error("bug");
        },
      },
      { timeoutMs: 50 },
    );
    await expect(ready()).resolves.toEqual([
      { name: "mongodb", ok: true },
      { name: "redis", ok: false },
      { name: "line", ok: false },
      { name: "broken", ok: false },
    ]);
    await expect(readinessAnswer(ready)).resolves.toMatchObject({ status: 503 });
    await expect(readinessAnswer(() => Promise.resolve([]))).resolves.toMatchObject({
      status: 200,
    });
    await expect(readinessAnswer(() => Promise.reject(new Error("x")))).resolves.toMatchObject({
      status: 503,
    });
  });
});
