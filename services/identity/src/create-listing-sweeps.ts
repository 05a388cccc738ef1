import type { Producer } from "@yubin/queue";
import type { Store } from "@yubin/store";
import { fetchProfile, reconcileChannel, runBackfill } from "@yubin/types";

import type { Config } from "./config.ts";
import { feedNames, type FeedNamesDeps } from "./domain/feed-names.ts";
import { createWaitingBackfills } from "./store/backfills.ts";
import {
  createDueReconciliations,
  createReconciliationStarts,
} from "./store/due-reconciliations.ts";
import { createNamesDue } from "./store/names-due.ts";

export interface ListingSweepsDeps extends Pick<FeedNamesDeps, "people" | "providerOf"> {
  readonly config: Config;
  readonly store: Store;
  readonly producer: Producer;
  readonly enqueueNames: FeedNamesDeps["enqueue"];
}

/** What was left behind, or is due, of what identity does about who follows. */
export interface ListingSweeps {
  readonly backfills: () => Promise<number>;
  readonly reconciliations: () => Promise<number>;
  readonly names: (signal: AbortSignal) => Promise<number>;
}

const sweptAtOnce = 100;

export const createListingSweeps = (deps: ListingSweepsDeps): ListingSweeps => {
  const { config, store, producer, people, providerOf, enqueueNames } = deps;
  const underWay = async (queue: string): Promise<number> => {
    const [depth] = await producer.depths([queue]);
    return depth ? depth.waiting + depth.active + depth.delayed : 0;
  };
  const findWaiting = createWaitingBackfills(store);
  const findDue = createDueReconciliations(store);
  const startAll = createReconciliationStarts(store);

  return {
    backfills: async () => {
      if ((await underWay(runBackfill.queue)) >= sweptAtOnce) return 0;
      const found = await findWaiting(new Date(), sweptAtOnce);
      const jobs = found.map((job) => ({ v: 1 as const, ...job }));
      await producer.enqueue(runBackfill, jobs);
      return found.length;
    },
    reconciliations: async () => {
      if (config.reconcileEveryMs === 0) return 0;
      await startAll(new Date(Date.now() + config.reconcileEveryMs));
      if ((await underWay(reconcileChannel.queue)) >= sweptAtOnce) return 0;
      const due = await findDue(new Date(), sweptAtOnce);
      const jobs = due.map((job) => ({ v: 1 as const, ...job }));
      await producer.enqueue(reconcileChannel, jobs);
      return due.length;
    },
    names: (signal) =>
      feedNames(
        {
          due: createNamesDue(store),
          people,
          providerOf,
          underWay: () => underWay(fetchProfile.queue),
          enqueue: enqueueNames,
        },
        signal,
      ),
  };
};
