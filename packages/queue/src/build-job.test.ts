import { Failure } from "@yubin/errors";
import { defineJob } from "@yubin/types";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { buildJob } from "./build-job.ts";

const schema = z.object({ v: z.literal(1), id: z.string() });
const contract = { name: "thing.do", queue: "things", schema, attempts: 3, backoffMs: 100 };
const keyed = defineJob({ ...contract, key: ({ id }: { id: string }) => id });
const unkeyed = defineJob(contract);

const failureOf = (build: () => unknown): Failure => {
  try {
    build();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("it was built");
};

describe("a job", () => {
  it("carries what its contract knows and nothing else", () => {
    const extra = { v: 1 as const, id: "a", token: "hunter2" };
    expect(buildJob(keyed, extra).data).toEqual({ v: 1, id: "a" });
  });

  it("leaves nothing behind that would swallow the next one", () => {
    expect(buildJob(keyed, { v: 1, id: "a" }).opts).toMatchObject({
      removeOnComplete: true,
      removeOnFail: true,
    });
  });

  it.each(["123", "a:b:c:d", "a:b", "日本", "../x", "0", "x".repeat(300)])(
    "of the key %s has an id that BullMQ keeps",
    (id) => {
      const { jobId } = buildJob(keyed, { v: 1, id }).opts;
      expect(jobId).toMatch(/^thing\.do\/[0-9a-f]{32}$/);
      expect(buildJob(keyed, { v: 1, id }).opts.jobId).toBe(jobId);
      expect(buildJob(keyed, { v: 1, id: `${id.slice(1)}y` }).opts.jobId).not.toBe(jobId);
    },
  );

  it.each(["", "   ", "\n", "x".repeat(301), "x".repeat(70_000)])(
    "of the key %j is refused, as it would be another job or none",
    (id) => {
      expect(failureOf(() => buildJob(keyed, { v: 1, id })).code).toMatch(
        /job_id_invalid|payload_invalid/,
      );
    },
  );

  it("without a key is one of its own each time", () => {
    const ids = new Set(
      Array.from({ length: 100 }, () => buildJob(unkeyed, { v: 1, id: "a" }).opts.jobId),
    );
    expect(ids.size).toBe(100);
  });

  it("with a misfit payload is refused by the names of its fields", () => {
    const wrong = { v: 1, id: { $gt: "hunter2" } } as unknown as z.output<typeof schema>;
    const failure = failureOf(() => buildJob(keyed, wrong));
    expect(failure).toMatchObject({ code: "payload_invalid", retry: "never" });
    expect(failure.message).toContain("id:");
    expect(failure.message).not.toContain("hunter2");
  });

  it("with megabytes is refused", () => {
    const failure = failureOf(() => buildJob(unkeyed, { v: 1, id: "x".repeat(5_000_000) }));
    expect(failure.code).toBe("payload_invalid");
    expect(failure.message.length).toBeLessThan(200);
    expect(buildJob(unkeyed, { v: 1, id: "x".repeat(65_000) }).data).toBeDefined();
  });
});
