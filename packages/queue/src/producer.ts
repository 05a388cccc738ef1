import { createTurns, type JobContract, type Turns } from "@yubin/types";
import { Queue } from "bullmq";
import type { z } from "zod";

import { buildJob } from "./build-job.ts";
import { unavailable, withinDeadline } from "./deadline.ts";
import type { Log } from "./log.ts";
import { memoryOf } from "./redis-memory.ts";
import { queuePrefix } from "./queue-prefix.ts";
import { createRareLog } from "./rare-log.ts";
import { openRedis, type RedisFamily } from "./redis-client.ts";

export interface ProducerOptions {
  readonly redisUrl: string;
  /** See `queuePrefix`. */
  readonly prefix?: string;
  /** For each call; a producer in an HTTP handler must not wait for a Redis that is away. */
  readonly deadlineMs?: number;
  readonly log: Log;
}

export interface QueueDepth {
  readonly queue: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
}

export interface Producer {
  /**
   * Puts jobs on their queue. Fails within the deadline: `queue.unavailable` when Redis is away (some may be in; the
   * same call can be repeated), `payload_invalid` and `job_id_invalid` before anything is sent.
   */
  readonly enqueue: <Schema extends z.ZodType>(
    contract: JobContract<Schema>,
    payloads: readonly z.output<Schema>[],
    options?: { readonly delayMs?: number },
  ) => Promise<void>;
  /** Rejects when Redis does not answer in time. */
  readonly ping: () => Promise<void>;
  /** How full Redis is, from 0 to 1; undefined without a limit. Feed no more from 0.7 on: a full Redis also blocks its readers. */
  readonly memoryShare: () => Promise<number | undefined>;
  readonly depths: (queues: readonly string[]) => Promise<QueueDepth[]>;
  readonly close: () => Promise<void>;
}

/** One connection for all queues of a process, that never waits for longer than the deadline. */
export const createProducer = (options: ProducerOptions): Producer => {
  const { deadlineMs = 200 } = options;
  const onError = createRareLog({
    log: options.log,
    fields: {},
    sentence: "Redis is away: jobs cannot be enqueued",
  });
  const family = openRedis(options.redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: Math.max(deadlineMs, 1_000),
    onError,
  });
  const queueOf = createQueues(family, options, onError);
  const turnOf = createTurnOf();
  const firstTry = endOfFirstTry(family);
  const ask = <Value>(work: () => Promise<Value>): Promise<Value> =>
    withinDeadline(deadlineMs, async () => {
      await firstTry;
      if (family.redis.status !== "ready") throw unavailable("there is no connection to Redis");
      return work();
    });

  return {
    enqueue: async (contract, payloads, { delayMs = 0 } = {}) => {
      const jobs = payloads.map((payload) =>
        buildJob(contract, payload, { delayMs, turn: turnOf(contract, payload) }),
      );
      if (jobs.length > 0) await ask(() => queueOf(contract.queue).addBulk(jobs));
    },
    ping: () => ask(async () => void (await family.redis.ping())),
    memoryShare: async () => (await ask(() => memoryOf(family.redis))).share,
    depths: (queues) =>
      Promise.all(queues.map((queue) => ask(() => depthOf(queueOf(queue), queue)))),
    close: async () => {
      onError.close();
      family.cut();
    },
  };
};

/** Whoever asks at a clean start comes before the connection and waits for it; after that nobody waits for Redis to return. */
const endOfFirstTry = ({ redis }: RedisFamily): Promise<void> =>
  new Promise((resolve) => {
    for (const event of ["ready", "close", "end"]) redis.once(event, () => resolve());
  });

/** By what this process has put on each queue. */
const createTurnOf = () => {
  const queues = new Map<string, Turns>();
  return <Schema extends z.ZodType>(
    { queue, turns }: JobContract<Schema>,
    payload: z.output<Schema>,
  ): number => {
    if (!turns) return 0;
    const known = queues.get(queue) ?? createTurns(turns, () => performance.now());
    queues.set(queue, known);
    return known.next(turns.of(payload));
  };
};

const createQueues = (
  { connection }: RedisFamily,
  { prefix }: ProducerOptions,
  onError: (error: Error) => void,
): ((name: string) => Queue) => {
  const queues = new Map<string, Queue>();
  return (name) => {
    const known = queues.get(name);
    if (known) return known;
    const queue = new Queue(name, {
      connection,
      prefix: queuePrefix(name, prefix),
      skipVersionCheck: true,
      skipMetasUpdate: true,
    });
    queue.on("error", onError);
    queues.set(name, queue);
    return queue;
  };
};

const depthOf = async (queue: Queue, name: string): Promise<QueueDepth> => {
  const counts = await queue.getJobCounts("wait", "prioritized", "active", "delayed");
  return {
    queue: name,
    waiting: (counts["wait"] ?? 0) + (counts["prioritized"] ?? 0),
    active: counts["active"] ?? 0,
    delayed: counts["delayed"] ?? 0,
  };
};
