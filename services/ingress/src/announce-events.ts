import { setTimeout as pause } from "node:timers/promises";

import type { Logger, Metrics } from "@yubin/kit";
import type { Producer } from "@yubin/queue";
import {
  advanceCampaign,
  applyEvents,
  deliverMessage,
  estimateCampaign,
  runBackfill,
} from "@yubin/types";

import type { InboundEvent } from "./domain/inbound-event.ts";

/** Tells the other services that something is stored for them. Their sweepers find it anyway, only later. */
export interface Announcer {
  events(events: readonly InboundEvent[]): void;
  message(workspaceId: string, batchId: string): void;
  campaign(workspaceId: string, campaignId: string, delayMs: number): void;
  backfill(workspaceId: string, backfillId: string): void;
  estimate(workspaceId: string, campaignId: string): void;
  /** Waits for what is under way; each part has a deadline. */
  settled(): Promise<void>;
}

const tellEveryMs = 10;
const idsPerJob = 200;
const idCharsPerJob = 16_000;

export const createAnnouncer = ({
  producer,
  log,
  metrics,
}: {
  readonly producer: Pick<Producer, "enqueue">;
  readonly log: Logger;
  readonly metrics: Metrics;
}): Announcer => {
  const underWay = new Set<Promise<void>>();
  const failures = metrics.counter({
    name: "yubin_ingress_enqueue_failures_total",
    help: "Jobs that Redis did not take; the sweepers make up for them.",
  });
  const run = (work: () => Promise<void>): void => {
    const one = work()
      .catch((error: unknown) => {
        failures.inc();
        log.debug({ err: error }, "a job was not enqueued");
      })
      .finally(() => underWay.delete(one));
    underWay.add(one);
  };

  const enqueueEvents = async (events: readonly InboundEvent[]): Promise<void> => {
    const payloads = [...idsByWorkspace(events)].flatMap(([workspaceId, ids]) =>
      chunksOf(ids).map((eventIds) => ({ v: 1 as const, workspaceId, eventIds })),
    );
    await producer.enqueue(applyEvents, payloads);
  };
  // The first event is told of at once; what is stored in the moment after it goes together: fewer, larger jobs.
  let waiting: InboundEvent[] = [];
  let telling = false;
  const tell = async (): Promise<void> => {
    telling = true;
    try {
      while (waiting.length > 0) {
        const events = waiting;
        waiting = [];
        await enqueueEvents(events);
        await pause(tellEveryMs);
      }
    } finally {
      telling = false;
      if (waiting.length > 0) run(tell);
    }
  };

  return {
    events: (events) => {
      waiting.push(...events);
      if (!telling) run(tell);
    },
    message: (workspaceId, batchId) =>
      run(() => producer.enqueue(deliverMessage, [{ v: 1, workspaceId, batchId }])),
    campaign: (workspaceId, campaignId, delayMs) =>
      run(() =>
        producer.enqueue(advanceCampaign, [{ v: 1, workspaceId, campaignId }], { delayMs }),
      ),
    backfill: (workspaceId, backfillId) =>
      run(() => producer.enqueue(runBackfill, [{ v: 1, workspaceId, backfillId }])),
    estimate: (workspaceId, campaignId) =>
      run(() => producer.enqueue(estimateCampaign, [{ v: 1, workspaceId, campaignId }])),
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
};

const idsByWorkspace = (events: readonly InboundEvent[]): Map<string, string[]> => {
  const ids = new Map<string, string[]>();
  for (const { workspaceId, id } of events) {
    const known = ids.get(workspaceId);
    if (known) known.push(id);
    else ids.set(workspaceId, [id]);
  }
  return ids;
};

/** A job is bounded in ids and in size: a caller's message ids may be long. */
const chunksOf = (ids: readonly string[]): string[][] => {
  const chunks: string[][] = [];
  let chars = Infinity;
  for (const id of ids) {
    const last = chunks.at(-1);
    if (!last || last.length >= idsPerJob || chars + id.length > idCharsPerJob) {
      chunks.push([id]);
      chars = id.length;
    } else {
      last.push(id);
      chars += id.length;
    }
  }
  return chunks;
};
