import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";

import { jobRef, withoutJobId } from "./job-ref.ts";

const id = "send. for job anna@example.com is not in the\nlist";

describe("a job's id in logs", () => {
  it("is the beginning of its hash", () => {
    expect(jobRef(id)).toBe(createHash("sha256").update(id).digest("hex").slice(0, 12));
  });

  it.each([
    `Missing key for job ${id}. moveToFinished`,
    `Missing lock for job ${id}. moveToDelayed`,
    `Job ${id} is not in the active state. moveToFinished`,
    `Job ${id} has pending dependencies. moveToFinished`,
    `Lock mismatch for job ${id}. Cmd moveToFinished from active`,
    `Cannot complete job ${id} because it has at least one failed child. moveToFinished`,
    `Missing key for parent job ${id}. addJob`,
    `The parent job ${id} cannot be replaced. addJob`,
    `Job ${id} belongs to a job scheduler and cannot be removed directly. removeJob`,
    `Unknown code -99 error for ${id}. moveToFinished`,
    `could not renew lock for job ${id}`,
  ])("is not in: %s", (message) => {
    const shown = withoutJobId(Object.assign(new Error(message), { code: -2 })) as Error;
    expect(`${shown.message}${shown.stack}`).not.toContain("anna@example.com");
    expect(shown).toMatchObject({ code: -2 });
  });

  it("leaves other errors as they are", () => {
    const error = new Error("connect ECONNREFUSED 127.0.0.1:6379");
    expect(withoutJobId(error)).toBe(error);
  });
});
