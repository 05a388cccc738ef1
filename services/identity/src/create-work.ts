import { createSealer, type Metrics } from "@yubin/kit";
import { createLineAccount } from "@yubin/line";
import type { JobHandler, Producer } from "@yubin/queue";
import { createChannelReader, createUsageSamples, type Store } from "@yubin/store";
import { applyEvents, fetchProfile, forgetPerson, newId } from "@yubin/types";

import { createAskLine } from "./ask-line.ts";
import { createChannelTokens } from "./channel-tokens.ts";
import { createListingSweeps, type ListingSweeps } from "./create-listing-sweeps.ts";
import { createListingWork } from "./create-listing-work.ts";
import { createCounts } from "./counts.ts";
import type { NameWanted } from "./domain/fetch-name.ts";
import { erasePerson, sweepErasures } from "./domain/erase-person.ts";
import { createPace } from "./domain/pace.ts";
import { proveLinks } from "./domain/prove-links.ts";
import { sweepEvents } from "./domain/sweep-events.ts";
import { previewMerge } from "./domain/preview-merge.ts";
import { sweepMerges } from "./domain/sweep-merges.ts";
import { undoMerge } from "./domain/undo-merge.ts";
import { createNameSweep } from "./domain/sweep-names.ts";
import { sweepUsage } from "./domain/sweep-usage.ts";
import { applyEventsJob } from "./jobs/apply-events.job.ts";
import { fetchProfileJob } from "./jobs/fetch-profile.job.ts";
import type { StartOptions } from "./start.ts";
import { createKeepPreview } from "./store/merge-previews.ts";
import { createLinks } from "./store/links.ts";
import { createDueSamples } from "./store/due-samples.ts";
import { createPeopleStore } from "./store/people.ts";
import { createProviders } from "./store/providers.ts";
import { createRecentProfiles } from "./store/recent-profiles.ts";
import { createStaleMerges } from "./store/stale-merges.ts";
import { createWorkspaceRules } from "./store/workspace-rules.ts";
import { createTombstoneIds } from "./tombstone-ids.ts";
import { createUnappliedEvents } from "./store/unapplied-events.ts";

export interface WorkDeps extends Pick<StartOptions, "config" | "log" | "step"> {
  readonly store: Store;
  readonly producer: Producer;
  readonly metrics: Metrics;
}

/** What identity does, by job and by sweep. */
export interface Work {
  readonly applyEventsJob: JobHandler;
  readonly fetchProfileJob: JobHandler;
  readonly sweepEvents: (signal: AbortSignal) => Promise<number>;
  readonly sweepMerges: () => Promise<number>;
  readonly sweepErasures: () => Promise<number>;
  readonly sweepNames: () => Promise<number>;
  readonly sweepUsage: (signal: AbortSignal) => Promise<number>;
  readonly listingJobs: readonly JobHandler[];
  readonly sweepListings: ListingSweeps;
}

export const createWork = ({ config, log, step, store, producer, metrics }: WorkDeps): Work => {
  const counts = createCounts(metrics);
  const people = createPeopleStore(store, { tombstoneIds: createTombstoneIds(config.secretKeys) });
  const providerOf = createProviders(store);
  const links = createLinks(store, now);
  const enqueueNames = (names: readonly NameWanted[]): Promise<void> =>
    producer.enqueue(
      fetchProfile,
      names.map((wanted) => ({ v: 1, ...wanted })),
    );

  const previews = { ...people, keepPreview: createKeepPreview(store) };
  const steps = { people, now, ...(step ? { step } : {}) };
  const tellSender = (workspaceId: string, erasureId: string): Promise<void> =>
    producer
      .enqueue(forgetPerson, [{ v: 1, workspaceId, erasureId }])
      .catch((error: unknown) => log.info({ err: error }, "the sender will be told later"));
  const line = createLineAccount({ apiBaseUrl: config.lineApiBaseUrl });
  const askLine = createAskLine({
    tokenOf: createChannelTokens({
      channels: createChannelReader(store),
      line,
      sealer: createSealer(config.secretKeys),
      now,
    }),
    line,
  });

  return {
    applyEventsJob: applyEventsJob({
      people,
      providerOf,
      rulesOf: createWorkspaceRules(store),
      solo: (event) => {
        if (event.type === "preview") return previewMerge({ ...steps, people: previews }, event);
        if (event.type === "undo") return undoMerge(steps, event);
        return erasePerson({ ...steps, tellSender }, event);
      },
      newProfileId: () => newId("prof"),
      now,
      ...(step ? { step } : {}),
      proveLinks: (events) =>
        proveLinks(
          {
            links,
            providerOf,
            now,
            announce: (workspaceId, eventIds) =>
              producer
                .enqueue(applyEvents, [{ v: 1, workspaceId, eventIds: [...eventIds] }])
                .catch((error: unknown) =>
                  log.info({ err: error }, "a proven link will be found by the sweeper"),
                ),
          },
          events,
        ),
      onContention: counts.contended,
      onFailed: (event, error) => {
        counts.failed();
        log.warn({ eventId: event.id, tries: event.tries + 1, err: error }, "an event failed");
      },
      onApplied: (ends) => counts.applied(ends, now()),
      wantNames: (names) =>
        enqueueNames(names).catch((error: unknown) =>
          log.info({ err: error, names: names.length }, "names will be fetched later"),
        ),
    }),
    fetchProfileJob: fetchProfileJob({
      people,
      providerOf,
      askLine: askLine.name,
      pace: createPace({ perSecond: config.nameFetchesPerSecond, clock: () => performance.now() }),
      onFetched: counts.fetched,
      now,
    }),
    sweepEvents: (signal) =>
      sweepEvents(
        {
          unapplied: createUnappliedEvents(store),
          enqueue: (jobs) =>
            producer.enqueue(
              applyEvents,
              jobs.map((job) => ({ v: 1, ...job })),
            ),
          waiting: async () => (await producer.depths([applyEvents.queue]))[0]?.waiting ?? 0,
          now,
        },
        signal,
      ),
    sweepMerges: () => sweepMerges({ people, findStale: createStaleMerges(store), now }),
    sweepErasures: () => sweepErasures({ people, tellSender, now }),
    sweepUsage: (signal) =>
      sweepUsage(
        { findDue: createDueSamples(store), sample: createUsageSamples(store).sample, now },
        signal,
      ),
    sweepNames: createNameSweep({
      findRecent: createRecentProfiles(store),
      enqueue: enqueueNames,
      now,
    }),
    listingJobs: createListingWork({
      config,
      log,
      ...(step ? { step } : {}),
      store,
      producer,
      people,
      providerOf,
      askLine,
      counts,
    }),
    sweepListings: createListingSweeps({
      config,
      store,
      producer,
      people,
      providerOf,
      enqueueNames,
    }),
  };
};

const now = (): Date => new Date();
