import { createReadiness, openOps, type Logger } from "@yubin/kit";
import { createLineSender } from "@yubin/line";
import { createRenderer } from "@yubin/liquid";
import {
  createProducer,
  exposeDepths,
  startSweeper,
  startWorker,
  traceRedis,
  type JobHandler,
  type WorkerOptions,
} from "@yubin/queue";
import { connectStore, createDeadLetterWriter } from "@yubin/store";
import {
  advanceCampaign,
  deliverBatch,
  deliverMessage,
  estimateCampaign,
  forgetPerson,
  sendMessage,
} from "@yubin/types";

import type { Config } from "./config.ts";
import { createWork, sendConcurrency } from "./create-work.ts";
import { createPacer } from "./store/pacer.ts";

export interface StartOptions {
  readonly config: Config;
  readonly log: Logger;
  /** Takes everything that has to be closed; the last one goes first. */
  readonly resources: AsyncDisposableStack;
  readonly signal?: AbortSignal;
  /** For crash tests: called around every effect. */
  readonly step?: (name: string) => void | Promise<void>;
  /** For tests of what takes days. */
  readonly now?: () => Date;
}

export interface Sender {
  readonly opsPort: number;
}

/** Of one operation on MongoDB; without it a frozen server would hold jobs for ever. */
const storeTimeoutMs = 30_000;
const enqueueTimeoutMs = 2_000;
const lineCallTimeoutMs = 10_000;
const campaignConcurrency = 4;
const estimateConcurrency = 2;
const erasureConcurrency = 2;

/** Builds the sender and lets it work on its queues. */
export const startSender = async (options: StartOptions): Promise<Sender> => {
  const { config, log, resources, signal } = options;
  const ops = await openOps({ service: "sender", config, log, resources });
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
  const prefix = config.queuePrefix === undefined ? {} : { prefix: config.queuePrefix };
  const queues = { redisUrl: config.redisUrl, ...prefix, log };
  const producer = createProducer({ ...queues, deadlineMs: enqueueTimeoutMs });
  resources.defer(() => producer.close());
  const pacer = createPacer({
    redisUrl: config.redisUrl,
    ...prefix,
    ...(options.now ? { now: options.now } : {}),
    onError: (error) => log.debug({ err: error }, "the pacer has no Redis"),
  });
  resources.defer(() => pacer.close());
  const line = createLineSender({
    apiBaseUrl: config.lineApiBaseUrl,
    connections: config.lineConnections,
    timeoutMs: lineCallTimeoutMs,
  });
  resources.defer(() => line.close(lineCallTimeoutMs));

  const renderer = createRenderer();
  resources.defer(() => renderer.close());

  const work = createWork({ ...options, store, producer, pacer, line, renderer, metrics, waited });
  exposeDepths(
    metrics,
    producer,
    [
      sendMessage,
      deliverMessage,
      deliverBatch,
      advanceCampaign,
      estimateCampaign,
      forgetPerson,
    ].map(({ queue }) => queue),
  );

  const keepLetter = createDeadLetterWriter(store);
  const closeGraceMs = Math.max(100, config.shutdownGraceMs - 5_000);
  const startLane = (handler: JobHandler, concurrency: number) =>
    startWorker({
      ...queues,
      metrics,
      queue: handler.contract.queue,
      handlers: [handler],
      concurrency,
      deadLetter: ({ id, ...letter }: Parameters<WorkerOptions["deadLetter"]>[0]) =>
        keepLetter({ _id: id, ...letter }),
    });
  const workers = [
    startLane(work.sendMessageJob, sendConcurrency),
    startLane(work.deliverMessageJob, config.messageConcurrency),
    startLane(work.deliverBatchJob, config.batchConcurrency),
    startLane(work.advanceCampaignJob, campaignConcurrency),
    startLane(work.estimateCampaignJob, estimateConcurrency),
    startLane(work.forgetPersonJob, erasureConcurrency),
  ];
  const everyMs = config.sweepEveryMs;
  const sweepers = [
    startSweeper({ name: "batches", everyMs, sweep: work.sweepBatches, log, metrics }),
    startSweeper({ name: "campaigns", everyMs, sweep: work.sweepCampaigns, log, metrics }),
    startSweeper({ name: "estimates", everyMs, sweep: work.sweepEstimates, log, metrics }),
    startSweeper({ name: "places", everyMs, sweep: work.sweepPlaces, log, metrics }),
    startSweeper({ name: "erasures", everyMs, sweep: work.sweepErasures, log, metrics }),
  ];
  resources.defer(async () => {
    await Promise.all(sweepers.map((sweeper) => sweeper.close()));
    await Promise.all(workers.map((worker) => worker.close(closeGraceMs)));
  });
  ops.started(createReadiness({ mongodb: () => store.ping(), redis: () => producer.ping() }));
  return { opsPort: ops.port };
};
