import type { JobContract } from "@yubin/types";
import type { z } from "zod";

/** What a handler knows about the try it is in. */
export interface JobContext {
  /** Aborted when the job took too long, its lock was lost, or the process ends: stop before the next effect. */
  readonly signal: AbortSignal;
  /** From 1; waits that a handler asked for by a `later` failure do not count. */
  readonly attempt: number;
  readonly jobId: string;
  /** How often its process was lost while it ran. Deploys and crashes of others do that too, but seldom twice. */
  readonly timesLost: number;
}

/** A contract and what is done with its jobs. */
export interface JobHandler {
  readonly contract: Pick<JobContract, "name" | "queue" | "schema" | "attempts" | "backoffMs">;
  run(payload: unknown, context: JobContext): Promise<JobEnd>;
}

/** `obsolete`: there was nothing to do, since the row was at its end, or gone. */
export type JobEnd = void | "obsolete";

/**
 * Ties a handler to its contract: `run` gets a payload that fits. What it throws decides: a `Failure` by its `retry`
 * (`never`: dead letter, `later`: again after `retryAfterMs` without spending an attempt, `backoff`: again with
 * growing pauses), anything else as `backoff`. A job may run twice, also at once: effects must be repeatable.
 */
export const handlerOf = <Schema extends z.ZodType>(
  contract: JobContract<Schema>,
  run: (payload: z.output<Schema>, context: JobContext) => Promise<JobEnd>,
): JobHandler => ({
  contract,
  run: (payload, context) => run(payload as z.output<Schema>, context),
});
