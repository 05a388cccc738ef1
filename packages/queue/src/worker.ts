import type { DeadLetter } from "./dead-letter.ts";
import { doneWithin } from "./deadline.ts";
import type { JobHandler } from "./handler-of.ts";
import { withoutJobId } from "./job-ref.ts";
import type { Log, QueueMetrics } from "./log.ts";
import { openWorker, type OpenWorker } from "./open-worker.ts";
import { queuePrefix } from "./queue-prefix.ts";
import { createRareLog } from "./rare-log.ts";
import { openRedis } from "./redis-client.ts";
import { createSettler } from "./settle-job.ts";
import { startWatchdog } from "./watchdog.ts";

export interface WorkerOptions {
  readonly queue: string;
  readonly handlers: readonly JobHandler[];
  readonly redisUrl: string;
  /** See `queuePrefix`. */
  readonly prefix?: string;
  /** Jobs at once in this process. */
  readonly concurrency: number;
  /** For one job; then its signal is aborted. */
  readonly jobTimeoutMs?: number;
  readonly log: Log;
  /** Keeps a dead letter; the job is failed only after this resolved. */
  readonly deadLetter: (letter: DeadLetter) => Promise<void>;
  readonly metrics?: QueueMetrics;
  /** How long nothing may happen beside waiting jobs before the worker is replaced. */
  readonly idleMaxMs?: number;
}

export interface RunningWorker {
  /** Takes no more jobs and waits for those under way, but never for longer than this; what is cut runs again elsewhere. */
  close(graceMs: number): Promise<void>;
}

/** Takes jobs of one queue until it is closed, whatever happens to Redis in between. */
export const startWorker = (options: WorkerOptions): RunningWorker => {
  const { queue, log, idleMaxMs = 30_000, jobTimeoutMs = 60_000 } = options;
  const closing = new AbortController();
  const trouble = createRareLog({ log, fields: { queue }, sentence: "the queue has trouble" });
  const onError = (error: unknown): void => trouble(withoutJobId(error));
  const settler = createSettler({
    queue,
    handlers: handlersByName(options),
    timeoutMs: jobTimeoutMs,
    closing: closing.signal,
    log,
    deadLetter: options.deadLetter,
    metrics: options.metrics,
  });
  const open = (): OpenWorker => openWorker({ ...options, settle: settler.settle, onError });
  const monitor = openRedis(options.redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 2_000,
    onError,
  });

  let current = open();
  const watchdog = startWatchdog({
    idleMaxMs,
    isBusy: () => settler.underWay() > 0,
    lastSignOfLife: settler.lastTaken,
    waiting: () => monitor.redis.llen(`${queuePrefix(queue, options.prefix)}:${queue}:wait`),
    restart: () => {
      log.warn({ queue }, "jobs wait and none is taken: replacing the worker");
      const old = current;
      current = open();
      void old.close(closeGraceMs);
    },
  });

  return {
    close: async (graceMs) => {
      watchdog.close();
      monitor.cut();
      const abortAt = Math.max(0, graceMs - closeGraceMs);
      const abort = setTimeout(() => closing.abort(), abortAt);
      await doneWithin(graceMs, current.close(graceMs));
      clearTimeout(abort);
      trouble.close();
    },
  };
};

/** What handlers get at the end to stop by themselves, and what cutting connections may take. */
const closeGraceMs = 2_000;

const handlersByName = ({ queue, handlers }: WorkerOptions): Map<string, JobHandler> => {
  const byName = new Map(handlers.map((handler) => [handler.contract.name, handler]));
  const stray = handlers.find((handler) => handler.contract.queue !== queue);
  if (stray) throw new Error(`${stray.contract.name} is not a job of the queue ${queue}`);
  if (byName.size !== handlers.length) throw new Error(`the queue ${queue} has a handler twice`);
  return byName;
};
