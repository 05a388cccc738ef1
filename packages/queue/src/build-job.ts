import { createHash, randomUUID } from "node:crypto";
import { Failure } from "@yubin/errors";
import type { JobContract } from "@yubin/types";
import type { z } from "zod";

import { misfit } from "./judge-payload.ts";

/** A job as BullMQ takes it. */
export interface BuiltJob {
  readonly name: string;
  readonly data: unknown;
  readonly opts: {
    readonly jobId: string;
    readonly delay?: number;
    /** Whose turn it is; without one, at once. */
    readonly priority?: number;
    readonly removeOnComplete: true;
    readonly removeOnFail: true;
  };
}

/** Jobs carry ids; whoever needs more than this has put a document in. */
const payloadBytesMax = 65_536;
const keyCharsMax = 300;

/**
 * Checks a payload against its contract and gives it an id. Finished and failed jobs are removed, since a job that
 * lies around with the same id would swallow every later one without a word; what failed is in the dead letters.
 */
export const buildJob = <Schema extends z.ZodType>(
  contract: JobContract<Schema>,
  payload: z.output<Schema>,
  { delayMs = 0, turn = 0 }: { readonly delayMs?: number; readonly turn?: number } = {},
): BuiltJob => {
  const parsed = contract.schema.safeParse(payload);
  if (!parsed.success) throw new Failure("payload_invalid", misfit(parsed.error));

  const bytes = Buffer.byteLength(JSON.stringify(parsed.data));
  if (bytes > payloadBytesMax)
    throw new Failure(
      "payload_invalid",
      `the payload has ${bytes} bytes, at most ${payloadBytesMax} are allowed`,
    );
  return {
    name: contract.name,
    data: parsed.data,
    opts: {
      jobId: jobIdOf(contract, parsed.data),
      ...(delayMs > 0 ? { delay: delayMs } : {}),
      ...(turn > 0 ? { priority: turn } : {}),
      removeOnComplete: true,
      removeOnFail: true,
    },
  };
};

/** Hashed, because BullMQ refuses ids with `:` and bare numbers, and takes an empty one for "make one up". */
const jobIdOf = <Schema extends z.ZodType>(
  { name, key }: JobContract<Schema>,
  payload: z.output<Schema>,
): string => {
  if (!key) return `${name}/${randomUUID()}`;
  const text = key(payload);
  if (text.trim() === "" || text.length > keyCharsMax)
    throw new Failure(
      "job_id_invalid",
      `the key of a ${name} must have 1 to ${keyCharsMax} characters`,
    );
  return `${name}/${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
};
