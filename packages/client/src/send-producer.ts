import { createTurns, messageIdFrom, sendMessage, type SendRequest } from "@yubin/types";
import { Queue } from "bullmq";
import { Redis } from "ioredis";

import type { Accepted } from "./paging.ts";
import { YubinError } from "./yubin-error.ts";

export interface SendProducerOptions {
  /** The Redis that Yubin works with. */
  readonly redisUrl: string;
  readonly workspaceId: string;
  /** Yubin's `QUEUE_PREFIX`, where it has one. */
  readonly prefix?: string;
  /** How long Redis may take for one message. Default 5,000. */
  readonly timeoutMs?: number;
}

export interface SendOptions {
  /** 1–255 visible ASCII characters; equal keys are one message, also with those sent by HTTP. */
  readonly idempotencyKey: string;
}

/** Puts messages on Yubin's public queue. */
export interface SendProducer {
  /**
   * Resolves once Redis has the message, with the id under which `messages.get` tells what became of it: 404 until a
   * sender has taken it, which is a moment later, and for good where it did not fit. Fails with `payload_invalid` before anything is sent, and with
   * `queue_unavailable` when Redis does not answer in time: repeat it with the same key.
   */
  readonly send: (request: SendRequest, options: SendOptions) => Promise<Accepted>;
  readonly close: () => Promise<void>;
}

const timeoutMsDefault = 5_000;

/** A typed producer for the queue `sends`. Any BullMQ from version 5 on can do the same; see the README. */
export const createSendProducer = (options: SendProducerOptions): SendProducer => {
  const { redisUrl, workspaceId, prefix, timeoutMs = timeoutMsDefault } = options;
  // Without an offline queue a Redis that is away would fail a send at once; with one, the time-out below decides.
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  redis.on("error", () => undefined); // told by the send that fails
  const queue = new Queue(sendMessage.queue, {
    connection: redis,
    prefix: sendsPrefix(prefix),
    skipVersionCheck: true,
  });
  queue.on("error", () => undefined);
  const turns = sendMessage.turns && createTurns(sendMessage.turns, () => performance.now());

  return {
    send: async (request, { idempotencyKey }) => {
      const payload = payloadOf({ ...request, v: 1, workspaceId, idempotencyKey });
      const turn = turns?.next(workspaceId) ?? 0;
      const added = queue.add(sendMessage.name, payload, {
        attempts: sendMessage.attempts,
        removeOnComplete: true,
        removeOnFail: true,
        ...(turn > 0 ? { priority: turn } : {}),
      });
      await within(timeoutMs, added);
      return { id: messageIdFrom(workspaceId, idempotencyKey) };
    },
    close: async () => {
      await within(timeoutMs, queue.close()).catch(() => undefined);
      redis.disconnect();
    },
  };
};

/**
 * The BullMQ prefix of the queue `sends`: `{yubin-sends}`, since the braces keep its keys together in a Redis Cluster.
 * A prefix with braces is taken as it is.
 */
export const sendsPrefix = (prefix = "yubin"): string =>
  prefix.includes("{") ? prefix : `{${prefix}-${sendMessage.queue}}`;

/** Checked here, where somebody can mend it: Yubin could only put a misfit to its dead letters. */
const payloadOf = (payload: unknown) => {
  const parsed = sendMessage.schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new YubinError(issue?.message ?? "the message does not fit the contract", {
    code: "payload_invalid",
    status: 422,
    field: issue?.path.map(String).join(".") || undefined,
  });
};

const within = async <Value>(ms: number, work: Promise<Value>): Promise<Value> => {
  const { promise: passed, reject } = Promise.withResolvers<never>();
  const unavailable = (cause?: unknown) =>
    new YubinError("Redis did not take the message in time", {
      code: "queue_unavailable",
      status: 503,
      cause,
    });
  const timer = setTimeout(() => reject(unavailable()), ms);
  try {
    return await Promise.race([work, passed]);
  } catch (error) {
    throw error instanceof YubinError ? error : unavailable(error);
  } finally {
    clearTimeout(timer);
  }
};
