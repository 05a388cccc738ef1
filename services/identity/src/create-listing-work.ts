import type { Logger } from "@yubin/kit";
import type { JobHandler, Producer } from "@yubin/queue";
import type { Store } from "@yubin/store";
import { applyEvents, fetchProfile, reconcileChannel, runBackfill } from "@yubin/types";

import type { AskLine } from "./ask-line.ts";
import type { Counts } from "./counts.ts";
import type { NameWanted } from "./domain/draft.ts";
import { feedNames } from "./domain/feed-names.ts";
import type { InboxEvent } from "./domain/inbox-event.ts";
import { createPace } from "./domain/pace.ts";
import type { PeopleStore } from "./domain/people-store.ts";
import { createRoom } from "./domain/room.ts";
import { reconcileChannelJob } from "./jobs/reconcile-channel.job.ts";
import { runBackfillJob } from "./jobs/run-backfill.job.ts";
import type { StartOptions } from "./start.ts";
import { createBackfills, createWaitingBackfills } from "./store/backfills.ts";
import { createListingFacts } from "./store/listing-facts.ts";
import { createNamesDue } from "./store/names-due.ts";
import {
  createDueReconciliations,
  createReconciliations,
  createReconciliationStarts,
} from "./store/reconciliations.ts";

export interface ListingWorkDeps extends Pick<StartOptions, "config" | "step"> {
  readonly log: Logger;
  readonly store: Store;
  readonly producer: Producer;
  readonly people: PeopleStore;
  readonly providerOf: (workspaceId: string, channelId: string) => Promise<string | undefined>;
  readonly askLine: AskLine;
  readonly counts: Counts;
  readonly enqueueNames: (names: readonly NameWanted[]) => Promise<void>;
}

/** What identity does about who follows, beside what LINE tells by itself. */
export interface ListingWork {
  readonly handlers: readonly JobHandler[];
  readonly sweepBackfills: () => Promise<number>;
  readonly sweepReconciliations: () => Promise<number>;
  readonly feedNames: (signal: AbortSignal) => Promise<number>;
}

const eventsPerJob = 250;
/** Jobs with events that may wait: so few that an event of LINE's is applied within a second or two. */
const applyJobsMax = 8;
const sweptAtOnce = 100;
const lookUpsPerSecond = 10;

export const createListingWork = (deps: ListingWorkDeps): ListingWork => {
  const { config, log, store, producer, people, providerOf, askLine, counts, step } = deps;
  const waiting = async (queue: string): Promise<number> => {
    const [depth] = await producer.depths([queue]);
    return depth ? depth.waiting + depth.active + depth.delayed : 0;
  };
  const facts = createListingFacts(store);
  /** What Redis does not take is the sweepers'. */
  const orLater = (enqueued: Promise<void>): Promise<void> =>
    enqueued.catch((error: unknown) => log.info({ err: error }, "a job was not enqueued"));
  const apply = (workspaceId: string, eventIds: readonly string[]): Promise<void> =>
    orLater(
      producer.enqueue(
        applyEvents,
        Array.from({ length: Math.ceil(eventIds.length / eventsPerJob) }, (_, job) => ({
          v: 1 as const,
          workspaceId,
          eventIds: eventIds.slice(job * eventsPerJob, (job + 1) * eventsPerJob),
        })),
      ),
    );
  const shared = {
    facts,
    people,
    providerOf,
    askFollowers: askLine.followers,
    untilRoom: createRoom({
      jobsMax: applyJobsMax,
      waiting: async () => (await producer.depths([applyEvents.queue]))[0]?.waiting ?? 0,
      memoryShare: producer.memoryShare,
    }),
    now,
    ...(step ? { step: (name: string) => step(`listing.${name}`) } : {}),
  };
  const findWaiting = createWaitingBackfills(store);
  const findDue = createDueReconciliations(store);
  const startAll = createReconciliationStarts(store);

  return {
    handlers: [
      runBackfillJob({
        ...shared,
        backfills: createBackfills(store),
        apply,
        again: (job, delayMs) =>
          orLater(producer.enqueue(runBackfill, [{ v: 1, ...job }], { delayMs })),
        onFailed: (backfillId, error) => log.warn({ backfillId, err: error }, "a backfill failed"),
        onEnded: counts.backfilled,
      }),
      reconcileChannelJob({
        ...shared,
        reconciliations: createReconciliations(store),
        askLine: askLine.name,
        pace: createPace({ perSecond: lookUpsPerSecond, clock: () => performance.now() }),
        askedMax: config.reconcileSample,
        everyMs: config.reconcileEveryMs,
        tell: async (workspaceId: string, told: readonly InboxEvent[]) => {
          await facts.insert(told);
          const eventIds = told.map(({ id }) => id);
          await apply(workspaceId, eventIds);
        },
        again: (job, delayMs) =>
          orLater(producer.enqueue(reconcileChannel, [{ v: 1, ...job }], { delayMs })),
        onFailed: (channelId, error) =>
          log.warn({ channelId, err: error }, "a reconciliation failed"),
        onEnded: counts.reconciled,
      }),
    ],
    sweepBackfills: async () => {
      if ((await waiting(runBackfill.queue)) >= sweptAtOnce) return 0;
      const found = await findWaiting(now(), sweptAtOnce);
      await producer.enqueue(
        runBackfill,
        found.map((job) => ({ v: 1, ...job })),
      );
      return found.length;
    },
    sweepReconciliations: async () => {
      if (config.reconcileEveryMs === 0) return 0;
      await startAll(new Date(now().getTime() + config.reconcileEveryMs));
      if ((await waiting(reconcileChannel.queue)) >= sweptAtOnce) return 0;
      const due = await findDue(now(), sweptAtOnce);
      await producer.enqueue(
        reconcileChannel,
        due.map((job) => ({ v: 1, ...job })),
      );
      return due.length;
    },
    feedNames: (signal) =>
      feedNames(
        {
          due: createNamesDue(store),
          people,
          providerOf,
          underWay: () => waiting(fetchProfile.queue),
          enqueue: deps.enqueueNames,
        },
        signal,
      ),
  };
};

const now = (): Date => new Date();
