import type { Logger } from "@yubin/kit";
import type { JobHandler, Producer } from "@yubin/queue";
import type { Store } from "@yubin/store";
import { applyEvents, reconcileChannel, runBackfill } from "@yubin/types";

import type { AskLine } from "./ask-line.ts";
import type { Counts } from "./counts.ts";
import type { InboxEvent } from "./domain/inbox-event.ts";
import { createPace } from "./domain/pace.ts";
import type { PeopleStore } from "./domain/people-store.ts";
import { createRoom } from "./domain/room.ts";
import { reconcileChannelJob } from "./jobs/reconcile-channel.job.ts";
import { runBackfillJob } from "./jobs/run-backfill.job.ts";
import type { StartOptions } from "./start.ts";
import { createBackfills } from "./store/backfills.ts";
import { createListingFacts } from "./store/listing-facts.ts";
import { createReconciliations } from "./store/reconciliations.ts";

export interface ListingWorkDeps extends Pick<StartOptions, "config" | "step"> {
  readonly log: Logger;
  readonly store: Store;
  readonly producer: Producer;
  readonly people: PeopleStore;
  readonly providerOf: (workspaceId: string, channelId: string) => Promise<string | undefined>;
  readonly askLine: AskLine;
  readonly counts: Counts;
}

/** Jobs with events that may wait: so few that an event of LINE's is applied within a second or two. */
const applyJobsMax = 8;
const lookUpsPerSecond = 10;

/** What identity does about who follows, beside what LINE tells by itself. */
export const createListingWork = (deps: ListingWorkDeps): readonly JobHandler[] => {
  const { config, log, store, producer, people, providerOf, askLine, counts, step } = deps;
  const facts = createListingFacts(store);
  const orLater = createOrLater(log);
  const apply = (workspaceId: string, eventIds: readonly string[]): Promise<void> =>
    orLater(producer.enqueue(applyEvents, applyJobs(workspaceId, eventIds)));
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
    now: () => new Date(),
    ...(step ? { step: (name: string) => step(`listing.${name}`) } : {}),
  };
  return [
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
  ];
};

/** What Redis does not take is the sweepers'. */
const createOrLater =
  (log: Logger) =>
  (enqueued: Promise<void>): Promise<void> =>
    enqueued.catch((error: unknown) => log.info({ err: error }, "a job was not enqueued"));

const eventsPerJob = 250;

const applyJobs = (workspaceId: string, eventIds: readonly string[]) =>
  Array.from({ length: Math.ceil(eventIds.length / eventsPerJob) }, (_, job) => ({
    v: 1 as const,
    workspaceId,
    eventIds: eventIds.slice(job * eventsPerJob, (job + 1) * eventsPerJob),
  }));
