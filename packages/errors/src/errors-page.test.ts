import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

import { errorsPage } from "./errors-page.ts";
import { Failure } from "./failure.ts";
import { failures, type FailureCode } from "./failures.ts";

describe("the failure table", () => {
  it("is what docs/errors.md says (npm run docs writes it)", async () => {
    const page = await readFile(new URL("../../../docs/errors.md", import.meta.url), "utf8");
    expect(page).toBe(errorsPage());
  });

  it("answers only client errors and the server errors we mean", () => {
    const serverErrors = Object.entries(failures).filter(([, { status }]) => status >= 500);
    const allowed = new Set(["internal", "store.unavailable", "queue.unavailable"]);
    for (const [code] of serverErrors)
      expect(code.startsWith("line.") || allowed.has(code)).toBe(true);
  });

  it("gives a failure its status and retry", () => {
    const failure = new Failure("in_progress", "the first one still runs", { retryAfterMs: 1_000 });
    expect(failure).toMatchObject({ status: 409, retry: "later", retryAfterMs: 1_000 });
  });

  it("keeps the cause out of what may be shown", () => {
    const failure = new Failure("internal" satisfies FailureCode, "shown", {
      cause: new Error("hidden"),
    });
    expect(failure.message).toBe("shown");
    expect(failure.cause).toBeInstanceOf(Error);
  });
});
