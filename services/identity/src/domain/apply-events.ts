import { setTimeout as pause } from "node:timers/promises";
import { Failure } from "@yubin/errors";

import type { Decided } from "./apply-identify.ts";
import { applyEvent, type WorkspaceRules } from "./apply-event.ts";
import { createDraft } from "./draft.ts";
import type { Changes } from "./changes.ts";
import { byTime, type EventEnd, type InboxEvent } from "./inbox-event.ts";
import { readKnown, type Providers, type Situation } from "./read-known.ts";
import { finishMarked, type FinishDeps } from "./finish-marked.ts";
import { finishChanges, writeChanges, type Effects, type WriteDeps } from "./write-changes.ts";

export interface ApplyEventsDeps extends WriteDeps {
  readonly people: WriteDeps["people"] & FinishDeps["people"];
  /** The provider label of a channel; undefined for a channel that is not connected any more. */
  readonly providerOf: (workspaceId: string, channelId: string) => Promise<string | undefined>;
  readonly rulesOf: (workspaceId: string) => Promise<WorkspaceRules>;
  /** Undoes a merge, or erases a person. */
  readonly solo: (event: InboxEvent) => Promise<EventEnd>;
  readonly newProfileId: () => string;
  /** Told of an event that could not be applied by its own fault, and not of texts in it. */
  readonly onFailed: (event: InboxEvent, error: unknown) => void;
  /** Told when somebody else wrote about the same people at the same time. */
  readonly onContention: () => void;
}

/** What became of a job's events. */
export interface Applied extends Effects {
  /** How many of them waited to be applied. */
  readonly waited: number;
}

/**
 * Applies each event that still waits exactly once: everything it changes can be written again to no effect, and its
 * row is marked last. One read and one write per collection serve all events of a call.
 */
export const applyEvents = async (
  deps: ApplyEventsDeps,
  workspaceId: string,
  eventIds: readonly string[],
): Promise<Applied> => {
  const events = await deps.people.findWaiting(workspaceId, eventIds);
  if (events.length === 0) return { waited: 0, ...nothing };
  const parts: Effects[] = [];
  for (const group of groupsOf(events.toSorted(byTime))) {
    const [only] = group;
    parts.push(only && isSolo(only) ? await applySolo(deps, only) : await applyAll(deps, group));
  }
  return { waited: events.length, ...together(parts) };
};

/** What takes several steps over rows of its own is done by itself, between the events before and after it. */
const isSolo = ({ source, type }: InboxEvent): boolean =>
  source === "api" && (type === "undo" || type === "erase" || type === "preview");

const groupsOf = (events: readonly InboxEvent[]): InboxEvent[][] => {
  const groups: InboxEvent[][] = [];
  for (const event of events) {
    const last = groups.at(-1);
    if (last?.[0] && !isSolo(event) && !isSolo(last[0])) last.push(event);
    else groups.push([event]);
  }
  return groups;
};

const applySolo = async (deps: ApplyEventsDeps, event: InboxEvent): Promise<Effects> => {
  try {
    const end = await deps.solo(event);
    await deps.step?.("end");
    await deps.people.end([end], deps.now());
    return { ends: [end], names: [] };
  } catch (error) {
    if (error instanceof Failure) throw error;
    return await setBack(deps, event, error);
  }
};

const together = (parts: readonly Effects[]): Effects => ({
  ends: parts.flatMap(({ ends }) => ends),
  names: parts.flatMap(({ names }) => names),
});

const nothing: Effects = { ends: [], names: [] };

/**
 * For events among which one takes the process down: each by itself, and counted before it is tried, since whoever dies
 * counts nothing. After five such starts an event is set aside.
 */
export const applyOneByOne = async (
  deps: ApplyEventsDeps,
  workspaceId: string,
  eventIds: readonly string[],
): Promise<Applied> => {
  const parts: Effects[] = [];
  const events = await deps.people.findWaiting(workspaceId, eventIds);
  for (const event of events.toSorted(byTime)) {
    const counted = await countTry(deps, event);
    if (counted.isLast) deps.onFailed(event, new Failure("poison", "processes died with it"));
    if (counted.isLast) parts.push(counted.applied);
    else if (isSolo(event)) parts.push(await applySolo(deps, counted.event));
    else parts.push(await applyAll(deps, [counted.event]));
  }
  return { waited: events.length, ...together(parts) };
};

/** Applies events together; where one of them cannot be, halves find it, so that the others do not wait for it. */
const applyAll = async (deps: ApplyEventsDeps, events: readonly InboxEvent[]): Promise<Effects> => {
  try {
    return await applyTogether(deps, events);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const [first, ...others] = events;
    if (first === undefined) throw error;
    if (others.length === 0) return await setBack(deps, first, error);
  }
  const middle = Math.ceil(events.length / 2);
  const before = await applyAll(deps, events.slice(0, middle));
  const after = await applyAll(deps, events.slice(middle));
  return together([before, after]);
};

const triesMax = 5;
const firstPauseMs = 10_000;

const setBack = async (
  deps: ApplyEventsDeps,
  event: InboxEvent,
  error: unknown,
): Promise<Effects> => {
  deps.onFailed(event, error);
  return (await countTry(deps, event)).applied;
};

/** One more try that failed, or may; the last one is the event's end. */
const countTry = async (
  { people, now }: ApplyEventsDeps,
  event: InboxEvent,
): Promise<{ readonly isLast: boolean; readonly event: InboxEvent; readonly applied: Effects }> => {
  const isLast = event.tries + 1 >= triesMax;
  const nextAt = isLast ? null : new Date(now().getTime() + firstPauseMs * 2 ** event.tries);
  await people.countFailure(event, nextAt);
  const end = { event, state: "quarantined", reason: "apply_failed", profileId: null } as const;
  return {
    isLast,
    event: { ...event, tries: event.tries + 1 },
    applied: isLast ? { ends: [end], names: [] } : nothing,
  };
};

/** Each round at least one of those who contend gets on, so this many are enough for any number of workers. */
const roundsMax = 25;
const pauseMs = 20;

const applyTogether = async (
  deps: ApplyEventsDeps,
  all: readonly InboxEvent[],
): Promise<Effects> => {
  const providers = await providersOf(deps, all);
  const rules = await deps.rulesOf(all[0]?.workspaceId ?? "");
  const parts: Effects[] = [];
  const begun: string[] = [];
  let events = all;
  for (let round = 0; round < roundsMax; round += 1) {
    const known = await readKnown(deps.people, events, providers);
    const isWhole = await finishMarked(deps, known.profiles);
    const { changes, rest } = decide(deps, { events, providers, known, rules });
    if (isWhole && (await writeChanges(deps, changes))) {
      parts.push(await finishChanges(deps, changes, begun.splice(0)));
      if (rest.length === 0) return together(parts);
      events = rest;
      round = -1; // another stretch, with rounds of its own
      continue;
    }
    deps.onContention();
    begun.push(...changes.journals.map(({ id }) => id));
    if (round > 0) await pause(Math.random() * pauseMs * round);
    events = await stillWaiting(deps, events);
    if (events.length === 0) return together(parts);
  }
  throw new Failure("internal", "others kept writing about the same people");
};

/** Whoever was faster may have had the same events, as jobs can come twice. */
const stillWaiting = async (
  { people }: ApplyEventsDeps,
  events: readonly InboxEvent[],
): Promise<readonly InboxEvent[]> => {
  const ids = events.map(({ id }) => id);
  return (await people.findWaiting(events[0]?.workspaceId ?? "", ids)).toSorted(byTime);
};

const providersOf = async (
  { providerOf }: ApplyEventsDeps,
  events: readonly InboxEvent[],
): Promise<Providers> => {
  const providers = new Map<string, string>();
  for (const { workspaceId, channelId } of events) {
    if (channelId === null || providers.has(channelId)) continue;
    const provider = await providerOf(workspaceId, channelId);
    if (provider !== undefined) providers.set(channelId, provider);
  }
  return providers;
};

interface Given {
  readonly events: readonly InboxEvent[];
  readonly providers: Providers;
  readonly known: Situation;
  readonly rules: WorkspaceRules;
}

/** Decides about one event after the other, up to one that needs what is only decided and not yet stored. */
const decide = (
  { newProfileId, now }: ApplyEventsDeps,
  { events, providers, known, rules }: Given,
): { readonly changes: Changes; readonly rest: readonly InboxEvent[] } => {
  const draft = createDraft(known, { now: now(), undoWindowMs: rules.undoWindowMs });
  if (!draft.isWhole) return { changes: draft.changes(), rest: events };
  for (const [index, event] of events.entries()) {
    const decided: Decided = applyEvent(
      {
        draft,
        newProfileId,
        rules: { ...rules, now: now() },
        provider: providers.get(event.channelId ?? ""),
        providers,
        known,
      },
      event,
    );
    if (decided === "later") return { changes: draft.changes(), rest: events.slice(index) };
  }
  return { changes: draft.changes(), rest: [] };
};
