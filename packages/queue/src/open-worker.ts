import type { Job } from "bullmq";

import { backoffMs } from "./backoff.ts";
import { doneWithin } from "./deadline.ts";
import { createErrorBrake } from "./error-brake.ts";
import { queuePrefix } from "./queue-prefix.ts";
import { openRedis } from "./redis-client.ts";
import { tolerantBackend, TolerantWorker } from "./tolerant-worker.ts";

export interface OpenWorkerOptions {
  readonly queue: string;
  readonly redisUrl: string;
  readonly prefix?: string;
  readonly concurrency: number;
  readonly settle: (job: Job, token: string, signal: AbortSignal) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export interface OpenWorker {
  close(graceMs: number): Promise<void>;
}

/** A job whose process died is taken over within this and the next look. */
const lockDurationMs = 15_000;
const stalledIntervalMs = 5_000;
/** Our own count ends a job that takes workers down, with a dead letter; BullMQ's would end it without a word. */
const stallsMax = 1_000_000;

/** A sleeping worker looks for due retries this often: their wake-up call can get lost between jobs that end at once. */
const drainDelaySeconds = 1;

/** One BullMQ worker with connections of its own. */
export const openWorker = (options: OpenWorkerOptions): OpenWorker => {
  const family = openRedis(options.redisUrl, {
    maxRetriesPerRequest: null,
    onError: options.onError,
  });
  const worker = new TolerantWorker(
    options.queue,
    async (job: Job, token: string | undefined, signal: AbortSignal | undefined) =>
      options.settle(job, token ?? "", signal ?? new AbortController().signal),
    {
      connection: family.connection,
      prefix: queuePrefix(options.queue, options.prefix),
      concurrency: options.concurrency,
      lockDuration: lockDurationMs,
      stalledInterval: stalledIntervalMs,
      maxStalledCount: stallsMax,
      drainDelay: drainDelaySeconds,
      runRetryDelay: 1_000,
      settings: { backoffStrategy: backoffMs },
    },
    tolerantBackend(family.redis),
  );
  const brake = createErrorBrake({
    rest: () => worker.pause(true),
    goOn: () => worker.resume(),
    onError: options.onError,
  });
  worker.on("error", (error) => {
    options.onError(error);
    brake.note();
  });
  worker.on("lockRenewalFailed", (jobIds) => {
    for (const jobId of jobIds) worker.cancelJob(jobId, "the lock was lost");
  });

  return {
    close: async (graceMs) => {
      brake.close();
      await doneWithin(graceMs, worker.close());
      family.cut();
    },
  };
};
