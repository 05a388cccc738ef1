import { setTimeout as pause } from "node:timers/promises";
import type { BackfillState } from "@yubin/types";

import { followerCounts, listingOf, type Backfill } from "./backfill.ts";
import { factPrefix } from "./listing-fact.ts";
import { readFollowers, type ReadFollowersDeps } from "./read-followers.ts";
import { saveBackfill, takeFollowers, type TakeFollowersDeps } from "./take-followers.ts";
import type { TurnEnd } from "./take-turn.ts";

export interface RunBackfillDeps extends ReadFollowersDeps, TakeFollowersDeps {
  /** Resolves when so few events wait to be applied that those of LINE need not wait behind ours. */
  readonly untilRoom: (signal: AbortSignal) => Promise<void>;
  /** Told how one ended, once its numbers are final. */
  readonly onEnded: (state: BackfillState) => void;
}

/** A turn is shorter than a job may take; then the next one goes on, here or elsewhere. */
const turnMs = 20_000;

/**
 * Brings in the followers that LINE lists, page by page. A page's people are stored as events before the place of the
 * next page is: whoever goes on after a crash reads a page again at most, and the same person is the same event.
 */
export const runBackfill = async (
  deps: RunBackfillDeps,
  held: Backfill,
  signal: AbortSignal,
): Promise<TurnEnd> => {
  const until = performance.now() + turnMs;
  let backfill = held;
  while (backfill.state === "running" && !backfill.listed) {
    if (performance.now() > until) return { afterMs: 0 };
    await deps.untilRoom(signal);
    await deps.step?.("page");
    const read = await readFollowers(deps, backfill, backfill);
    signal.throwIfAborted();
    backfill = await takeFollowers(deps, backfill, read);
    if (read.kind === "later") return { afterMs: read.afterMs };
  }
  return settle(deps, { backfill, until }, signal);
};

const firstLookMs = 100;

/** Waits until every event is applied, and writes down what came of them: the numbers are a count of the rows. */
const settle = async (
  deps: RunBackfillDeps,
  { backfill, until }: { readonly backfill: Backfill; readonly until: number },
  signal: AbortSignal,
): Promise<TurnEnd> => {
  const state = backfill.state === "running" ? "done" : backfill.state;
  if (backfill.dryRun) {
    await deps.step?.("end");
    await saveBackfill(deps, backfill, { state, settledAt: deps.now() });
    deps.onEnded(state);
    return "ended";
  }
  let known = backfill;
  for (;;) {
    const startedAt = performance.now();
    const counts = await deps.facts.count(backfill.workspaceId, factPrefix(listingOf(backfill)));
    const isLast = counts.waiting === 0;
    if (isLast) await deps.step?.("end");
    known = await saveBackfill(deps, known, {
      ...followerCounts(counts),
      ...(isLast ? { state, settledAt: deps.now() } : {}),
    });
    if (isLast) {
      await deps.step?.("ended");
      deps.onEnded(state);
      return "ended";
    }
    // Counting a large import takes its time; it is not to be all that the database does.
    const lookAfterMs = Math.max(firstLookMs, 10 * (performance.now() - startedAt));
    if (performance.now() + lookAfterMs > until) return { afterMs: lookAfterMs };
    await pause(lookAfterMs, undefined, { signal });
  }
};
