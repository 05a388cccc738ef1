import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import type { JobContract } from "./job.ts";
import * as jobs from "./jobs.ts";

/**
 * Jobs as versions that are still in use write them: they lie in Redis while a deploy rolls, and campaign systems
 * write them for as long as they like. The file is added to and never changed; a version may go once nobody writes it.
 */
const file = new URL("../test/fixtures/jobs-v1.json", import.meta.url);
const kept = z
  .array(
    z.object({ name: z.string(), queue: z.string(), payload: z.looseObject({ v: z.literal(1) }) }),
  )
  .parse(JSON.parse(await readFile(file, "utf8")));
const contracts: readonly JobContract[] = Object.values(jobs);

describe.each(kept)("$name of version $payload.v", ({ name, queue, payload }) => {
  const contract = contracts.find((one) => one.name === name);

  it("is still taken, from the queue it was put on, with all that it says", () => {
    expect(contract?.queue).toBe(queue);
    expect(contract?.schema.parse(payload)).toEqual(payload);
  });
});

it("is kept of every job there is", () => {
  expect(new Set(kept.map(({ name }) => name))).toEqual(new Set(contracts.map(({ name }) => name)));
});
