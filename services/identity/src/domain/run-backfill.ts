import { setTimeout as pause } from "node:timers/promises";

import type { BackfillState } from "@yubin/types";

import {
  followerCounts,
  listingOf,
  type Backfill,
  type BackfillChange,
  type Backfills,
  type ListingFacts,
} from "./backfill.ts";
import { findKnown, judgeListed } from "./known-followers.ts";
import { factPrefix, newFact } from "./listing-fact.ts";
import type { PeopleStore } from "./people-store.ts";
import { readFollowers, type FollowersRead, type ReadFollowersDeps } from "./read-followers.ts";
import type { TurnEnd } from "./take-turn.ts";
import { stillHeld } from "./while-held.ts";

export interface RunBackfillDeps extends ReadFollowersDeps {
  readonly backfills: Backfills;
  readonly facts: ListingFacts;
  readonly people: Pick<PeopleStore, "findAliases" | "findProfiles">;
  readonly providerOf: (workspaceId: string, channelId: string) => Promise<string | undefined>;
  /** Hands stored events over to be applied; best effort, the sweeper finds them anyway. */
  readonly apply: (workspaceId: string, eventIds: readonly string[]) => Promise<void>;
  /** Resolves when so few events wait to be applied that those of LINE need not wait behind ours. */
  readonly untilRoom: (signal: AbortSignal) => Promise<void>;
  /** Told how one ended, once its numbers are final. */
  readonly onEnded: (state: BackfillState) => void;
  /** For crash tests: called before every effect. */
  readonly step?: (name: string) => void | Promise<void>;
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
    backfill = await take(deps, backfill, read);
    if (read.kind === "later") return { afterMs: read.afterMs };
  }
  return settle(deps, { backfill, until }, signal);
};

const take = async (
  deps: RunBackfillDeps,
  backfill: Backfill,
  read: FollowersRead,
): Promise<Backfill> => {
  switch (read.kind) {
    case "page":
      return takePage(deps, backfill, read);
    case "again":
      return save(deps, backfill, {
        place: read.next,
        ...(backfill.dryRun ? { found: 0, created: 0, updated: 0, unchanged: 0 } : {}),
      });
    case "failed":
      return save(deps, backfill, { state: "failed", reason: read.reason });
    case "later":
      return save(deps, backfill, { reason: read.reason, tries: backfill.tries + 1 });
    default:
      throw new Error(`no such answer: ${String(read satisfies never)}`);
  }
};

const takePage = async (
  deps: RunBackfillDeps,
  backfill: Backfill,
  page: Extract<FollowersRead, { kind: "page" }>,
): Promise<Backfill> => {
  const counts = backfill.dryRun
    ? await wouldBe(deps, backfill, page)
    : { found: await storePage(deps, backfill, page) };
  if (!counts) return save(deps, backfill, { state: "failed", reason: "channel_unknown" });
  return save(deps, backfill, {
    ...counts,
    place: page.next,
    listed: page.isLast,
    tries: 0,
    reason: null,
  });
};

const storePage = async (
  deps: RunBackfillDeps,
  backfill: Backfill,
  { lineUserIds, asOf }: Extract<FollowersRead, { kind: "page" }>,
): Promise<number> => {
  const now = deps.now();
  const facts = lineUserIds.map((lineUserId) =>
    newFact(listingOf(backfill), { type: "followerFound", lineUserId, asOf }, now),
  );
  await deps.step?.("insert");
  await deps.facts.insert(facts);
  await deps.step?.("enqueue");
  await deps.apply(
    backfill.workspaceId,
    facts.map(({ id }) => id),
  );
  return backfill.found + facts.length;
};

/** Undefined for a channel that is not connected any more. */
const wouldBe = async (
  { people, providerOf }: RunBackfillDeps,
  backfill: Backfill,
  { lineUserIds, asOf }: Extract<FollowersRead, { kind: "page" }>,
) => {
  const { workspaceId, channelId } = backfill;
  const provider = await providerOf(workspaceId, channelId);
  if (provider === undefined) return undefined;
  const known = await findKnown(people, { workspaceId, channelId, provider }, lineUserIds);
  const counts = {
    found: backfill.found + lineUserIds.length,
    created: backfill.created,
    updated: backfill.updated,
    unchanged: backfill.unchanged,
  };
  for (const lineUserId of lineUserIds)
    counts[judgeListed(known.get(lineUserId), channelId, asOf)] += 1;
  return counts;
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
    await save(deps, backfill, { state, settledAt: deps.now() });
    deps.onEnded(state);
    return "ended";
  }
  let known = backfill;
  for (;;) {
    const startedAt = performance.now();
    const counts = await deps.facts.count(backfill.workspaceId, factPrefix(listingOf(backfill)));
    const isLast = counts.waiting === 0;
    if (isLast) await deps.step?.("end");
    known = await save(deps, known, {
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

const save = async (
  { backfills, now, step }: RunBackfillDeps,
  backfill: Backfill,
  change: BackfillChange,
): Promise<Backfill> => {
  await step?.("save");
  const saved = stillHeld(await backfills.save(backfill, change, now()));
  await step?.("saved");
  return saved;
};
