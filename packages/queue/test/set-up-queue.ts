import { randomUUID } from "node:crypto";
import { defineJob, type JobContract } from "@yubin/types";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { expect, onTestFinished } from "vitest";
import { z } from "zod";

import {
  createProducer,
  type DeadLetter,
  type JobHandler,
  type Log,
  queuePrefix,
  startWorker,
  type WorkerOptions,
} from "../src/index.ts";

const schema = z.object({
  v: z.literal(1),
  id: z.string(),
  workspaceId: z.string().optional(),
});
export type Contract = JobContract<typeof schema>;

/** A queue of the test's own, with everything that producers, workers and intruders need. Gone with the test. */
export const setUpQueue = async ({ redisUrl }: { readonly redisUrl: string }) => {
  const queue = `q-${randomUUID().slice(0, 8)}`;
  const letters: DeadLetter[] = [];
  const { log, lines } = createLog();

  const contract = (more: Partial<Contract> = {}): Contract =>
    defineJob({ name: "thing.do", queue, schema, attempts: 3, backoffMs: 20, ...more });
  const producer = createProducer({ redisUrl, log, deadlineMs: 5_000 });
  onTestFinished(() => producer.close());
  await expect
    .poll(
      () =>
        producer.ping().then(
          () => true,
          () => false,
        ),
      { timeout: 20_000 },
    )
    .toBe(true);

  const work = (handlers: readonly JobHandler[], more: Partial<WorkerOptions> = {}) => {
    const worker = startWorker({
      queue,
      handlers,
      redisUrl,
      concurrency: 5,
      log,
      deadLetter: (letter) => {
        letters.push(letter);
        return Promise.resolve();
      },
      ...more,
    });
    onTestFinished(() => worker.close(500));
    return worker;
  };

  return {
    queue,
    letters,
    lines,
    log,
    contract,
    producer,
    work,
    intrude: () => openRaw(queue, redisUrl),
  };
};

/** Redis and BullMQ as somebody else would use them, past all our checks. */
const openRaw = (queue: string, redisUrl: string) => {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 1 });
  redis.on("error", () => undefined);
  const raw = new Queue(queue, { connection: redis, prefix: queuePrefix(queue) });
  raw.on("error", () => undefined);
  onTestFinished(() => redis.disconnect());
  return { redis, raw, keyOf: (jobId: string) => `${queuePrefix(queue)}:${queue}:${jobId}` };
};

export const createLog = () => {
  const lines: string[] = [];
  const write = (fields: object, sentence: string): void => {
    lines.push(
      `${sentence} ${JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? value.message : value))}`,
    );
  };
  const log: Log = { debug: write, info: write, warn: write, error: write };
  return { log, lines };
};

/** Long enough for a machine that does much else. */
export const soon = { timeout: 40_000, interval: 50 };
