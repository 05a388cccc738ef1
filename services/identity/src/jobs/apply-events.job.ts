import { Failure } from "@yubin/errors";
import { handlerOf, type JobHandler } from "@yubin/queue";
import { applyEvents as contract } from "@yubin/types";

import { applyEvents, applyOneByOne, type ApplyEventsDeps } from "../domain/apply-events.ts";
import type { NameWanted } from "../domain/fetch-name.ts";
import type { EventEnd } from "../domain/inbox-event.ts";

export interface ApplyEventsJobDeps extends ApplyEventsDeps {
  /** Told what became of events, once it is stored. */
  readonly onApplied: (ends: readonly EventEnd[]) => void;
  /** Asks for names later; must not fail, as nothing here depends on them. */
  readonly wantNames: (names: readonly NameWanted[]) => Promise<void>;
}

/** More at once would keep others waiting who write about the same people. */
const eventsAtOnce = 500;

/** From so many lost processes on, one of the events is suspected of having taken them down. */
const suspiciousLosses = 3;

/** Applies stored events to the people they are about. */
export const applyEventsJob = (deps: ApplyEventsJobDeps): JobHandler =>
  handlerOf(contract, async ({ workspaceId, eventIds }, { signal, attempt, timesLost }) => {
    const apply = timesLost < suspiciousLosses ? applyEvents : applyOneByOne;
    let waited = 0;
    try {
      for (let from = 0; from < eventIds.length; from += eventsAtOnce) {
        signal.throwIfAborted();
        const slice = eventIds.slice(from, from + eventsAtOnce);
        const applied = await apply(deps, workspaceId, slice);
        const { ends, names } = applied;
        waited += applied.waited;
        deps.onApplied(ends);
        if (names.length > 0) await deps.wantNames(names);
      }
    } catch (error) {
      // The rows themselves still wait, and the sweeper finds them: a dead letter would say that somebody must act.
      const isAway = error instanceof Failure && error.code === "store.unavailable";
      if (!isAway || attempt < contract.attempts) throw error;
      return undefined;
    }
    return waited === 0 ? "obsolete" : undefined;
  });
