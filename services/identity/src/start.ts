import { createReadiness, openOps, type Logger } from "@yubin/kit";
import { createProducer, exposeDepths, startSweeper, startWorker, traceRedis } from "@yubin/queue";
import { connectStore, createDeadLetterWriter } from "@yubin/store";
import { applyEvents, fetchProfile, runBackfill } from "@yubin/types";

import { createWork } from "./create-work.ts";
import type { Config } from "./config.ts";

export interface StartOptions {
  readonly config: Config;
  readonly log: Logger;
  /** Takes everything that has to be closed; the last one goes first. */
  readonly resources: AsyncDisposableStack;
  readonly signal?: AbortSignal;
  /** For crash tests: called before every write. */
  readonly step?: (name: string) => void | Promise<void>;
}

export interface Identity {
  readonly opsPort: number;
}

/** How long MongoDB may be silent in an operation; without it a frozen server would hold jobs for ever. */
const storeTimeoutMs = 30_000;
const enqueueTimeoutMs = 2_000;
const fetchConcurrency = 16;
const listingConcurrency = 4;
const nameSweepEveryMs = 30_000;
const nameFeedEveryMs = 2_000;
const usageSweepEveryMs = 300_000;

/** Builds identity and lets it work on its queues. */
export const startIdentity = async (options: StartOptions): Promise<Identity> => {
  const { config, log, resources, signal } = options;
  const ops = await openOps({ service: "identity", config, log, resources });
  const { metrics, waited } = ops;
  const redisTrace = traceRedis((ms) => waited("redis", ms));
  resources.defer(() => redisTrace.close());
  const store = await connectStore({
    url: config.mongoUrl,
    operationTimeoutMs: storeTimeoutMs,
    onWaiting: (error) => log.warn({ err: error }, "waiting for MongoDB"),
    onOperation: (ms) => waited("mongodb", ms),
    ...(signal ? { signal } : {}),
  });
  resources.defer(() => store.close());
  const queues = {
    redisUrl: config.redisUrl,
    ...(config.queuePrefix === undefined ? {} : { prefix: config.queuePrefix }),
    log,
  };
  const producer = createProducer({ ...queues, deadlineMs: enqueueTimeoutMs });
  resources.defer(() => producer.close());
  exposeDepths(metrics, producer, [applyEvents.queue, fetchProfile.queue, runBackfill.queue]);

  const work = createWork({ ...options, store, producer, metrics });

  const keepLetter = createDeadLetterWriter(store);
  const worker = {
    ...queues,
    metrics,
    deadLetter: ({
      id,
      ...letter
    }: Parameters<Parameters<typeof startWorker>[0]["deadLetter"]>[0]) =>
      keepLetter({ _id: id, ...letter }),
  };
  const closeGraceMs = Math.max(100, config.shutdownGraceMs - 5_000);
  const workers = [
    startWorker({
      ...worker,
      queue: applyEvents.queue,
      handlers: [work.applyEventsJob],
      concurrency: config.applyConcurrency,
    }),
    startWorker({
      ...worker,
      queue: fetchProfile.queue,
      handlers: [work.fetchProfileJob],
      concurrency: fetchConcurrency,
    }),
    startWorker({
      ...worker,
      queue: runBackfill.queue,
      handlers: work.listingJobs,
      concurrency: listingConcurrency,
    }),
  ];
  const sweepers = [
    startSweeper({
      name: "events",
      everyMs: config.sweepEveryMs,
      sweep: work.sweepEvents,
      log,
      metrics,
    }),
    startSweeper({
      name: "merges",
      everyMs: config.sweepEveryMs,
      sweep: work.sweepMerges,
      log,
      metrics,
    }),
    startSweeper({
      name: "erasures",
      everyMs: config.sweepEveryMs,
      sweep: work.sweepErasures,
      log,
      metrics,
    }),
    startSweeper({
      name: "names",
      everyMs: nameSweepEveryMs,
      sweep: work.sweepNames,
      log,
      metrics,
    }),
    startSweeper({
      name: "names_of_backfills",
      everyMs: nameFeedEveryMs,
      sweep: work.sweepListings.names,
      log,
      metrics,
    }),
    startSweeper({
      name: "backfills",
      everyMs: config.sweepEveryMs,
      sweep: work.sweepListings.backfills,
      log,
      metrics,
    }),
    startSweeper({
      name: "reconciliations",
      everyMs: config.sweepEveryMs,
      sweep: work.sweepListings.reconciliations,
      log,
      metrics,
    }),
    startSweeper({
      name: "usage",
      everyMs: usageSweepEveryMs,
      sweep: work.sweepUsage,
      log,
      metrics,
    }),
  ];
  resources.defer(async () => {
    await Promise.all(sweepers.map((sweeper) => sweeper.close()));
    await Promise.all(workers.map((one) => one.close(closeGraceMs)));
  });
  ops.started(createReadiness({ mongodb: () => store.ping(), redis: () => producer.ping() }));
  return { opsPort: ops.port };
};
