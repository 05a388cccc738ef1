import { setTimeout as pause } from "node:timers/promises";

import { checkPeople, type CheckPeopleDeps } from "./check-people.ts";
import type { ListingFacts } from "./backfill.ts";
import { findKnown, judgeListed } from "./known-followers.ts";
import { factPrefix, newFact } from "./listing-fact.ts";
import type { PeopleStore } from "./people-store.ts";
import { readFollowers, type FollowersRead, type ReadFollowersDeps } from "./read-followers.ts";
import {
  endOf,
  runOf,
  type Reconciliation,
  type ReconciliationChange,
  type Reconciliations,
} from "./reconciliation.ts";
import type { TurnEnd } from "./take-turn.ts";
import { stillHeld } from "./while-held.ts";

export interface ReconcileChannelDeps extends ReadFollowersDeps, CheckPeopleDeps {
  readonly reconciliations: Reconciliations;
  readonly facts: ListingFacts;
  readonly people: Pick<PeopleStore, "findAliases" | "findProfiles">;
  readonly untilRoom: (signal: AbortSignal) => Promise<void>;
  /** From the end of one run to the next. */
  readonly everyMs: number;
  readonly onEnded: (end: NonNullable<ReconciliationChange["last"]>) => void;
}

const turnMs = 20_000;

/**
 * Finds follows and unfollows that no webhook told of. Where LINE lists followers, those listed are held against those
 * who follow here; where it does not, some people's profiles are asked for, going round by a place that is kept. What
 * is found becomes events, so anything newer that LINE tells wins.
 */
export const reconcileChannel = async (
  deps: ReconcileChannelDeps,
  held: Reconciliation,
  signal: AbortSignal,
): Promise<TurnEnd> => {
  const until = performance.now() + turnMs;
  let row = held.phase === "idle" ? await begin(deps, held) : held;
  while (row.phase !== "settling") {
    if (performance.now() > until) return { afterMs: 0 };
    await deps.untilRoom(signal);
    const taken = row.phase === "listing" ? await list(deps, row) : await check(deps, row, signal);
    signal.throwIfAborted();
    if (taken.afterMs !== undefined) return { afterMs: taken.afterMs };
    row = taken.row;
  }
  return settle(deps, { row, until }, signal);
};

interface Taken {
  readonly row: Reconciliation;
  /** LINE cannot answer now: not before so long. */
  readonly afterMs?: number;
}

const begin = (deps: ReconcileChannelDeps, row: Reconciliation): Promise<Reconciliation> =>
  save(deps, row, {
    phase: "listing",
    run: row.run + 1,
    how: "list",
    startedAt: deps.now(),
    place: { pass: 1, asOf: null, start: null, startAt: null, pages: 0 },
    listed: 0,
    checked: 0,
    asked: 0,
    tries: 0,
    reason: null,
  });

const list = async (deps: ReconcileChannelDeps, row: Reconciliation): Promise<Taken> => {
  const channel = { workspaceId: row.workspaceId, channelId: row.id };
  await deps.step?.("page");
  const read = await readFollowers(deps, channel, row);
  switch (read.kind) {
    case "page":
      return { row: await takePage(deps, row, read) };
    case "again":
      return { row: await save(deps, row, { place: read.next, listed: 0 }) };
    case "later":
      return {
        row: await save(deps, row, { reason: read.reason, tries: row.tries + 1 }),
        afterMs: read.afterMs,
      };
    case "failed":
      return {
        row: await save(
          deps,
          row,
          read.reason === "line.forbidden"
            ? { phase: "checking", how: "sample", tries: 0, reason: null }
            : { phase: "settling", reason: read.reason },
        ),
      };
    default:
      throw new Error(`no such answer: ${String(read satisfies never)}`);
  }
};

const takePage = async (
  deps: ReconcileChannelDeps,
  row: Reconciliation,
  page: Extract<FollowersRead, { kind: "page" }>,
): Promise<Reconciliation> => {
  const { workspaceId, id: channelId } = row;
  const provider = await deps.providerOf(workspaceId, channelId);
  if (provider === undefined)
    return save(deps, row, { phase: "settling", reason: "channel_unknown" });
  const { lineUserIds, asOf } = page;
  const known = await findKnown(deps.people, { workspaceId, channelId, provider }, lineUserIds);
  const now = deps.now();
  const facts = lineUserIds
    .filter((one) => judgeListed(known.get(one), channelId, asOf) !== "unchanged")
    .map((lineUserId) => newFact(runOf(row), { type: "followerFound", lineUserId, asOf }, now));
  await deps.step?.("insert");
  await deps.reconciliations.keepListed(row, lineUserIds, now);
  await deps.tell(workspaceId, facts);
  return save(deps, row, {
    place: page.next,
    listed: row.listed + lineUserIds.length,
    tries: 0,
    reason: null,
    ...(page.isLast ? { phase: "checking" } : {}),
  });
};

const check = async (
  deps: ReconcileChannelDeps,
  row: Reconciliation,
  signal: AbortSignal,
): Promise<Taken> => {
  const { change, afterMs } = await checkPeople(deps, row, signal);
  const saved = await save(deps, row, change);
  return { row: saved, ...(afterMs === undefined ? {} : { afterMs }) };
};

const lookEveryMs = 200;

const settle = async (
  deps: ReconcileChannelDeps,
  { row, until }: { readonly row: Reconciliation; readonly until: number },
  signal: AbortSignal,
): Promise<TurnEnd> => {
  for (;;) {
    const counts = await deps.facts.count(row.workspaceId, factPrefix(runOf(row)));
    if (counts.waiting === 0) {
      const last = endOf(row, counts, deps.now());
      await deps.step?.("end");
      await save(deps, row, { phase: "idle", tries: 0, last });
      deps.onEnded(last);
      return { afterMs: deps.everyMs };
    }
    if (performance.now() + lookEveryMs > until) return { afterMs: lookEveryMs };
    await pause(lookEveryMs, undefined, { signal });
  }
};

const save = async (
  { reconciliations, now, step }: ReconcileChannelDeps,
  row: Reconciliation,
  change: ReconciliationChange,
): Promise<Reconciliation> => {
  await step?.("save");
  return stillHeld(await reconciliations.save(row, change, now()));
};
