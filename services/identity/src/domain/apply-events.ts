import { setTimeout as pause } from "node:timers/promises";
import { Failure } from "@yubin/errors";
import { aliasKey, lineAlias } from "@yubin/types";

import { applyIdentify, emailAlias, namesOf } from "./apply-identify.ts";
import { applyLineEvent } from "./apply-line-event.ts";
import { createDraft, type Changes, type Known, type NameWanted } from "./draft.ts";
import { byTime, type EventEnd, type InboxEvent } from "./inbox-event.ts";
import type { PeopleStore } from "./people-store.ts";
import type { Profile } from "./profile.ts";
import { readIdentify } from "./read-identify.ts";

export interface ApplyEventsDeps {
  readonly people: PeopleStore;
  /** The provider label of a channel; undefined for a channel that is not connected any more. */
  readonly providerOf: (workspaceId: string, channelId: string) => Promise<string | undefined>;
  readonly newProfileId: () => string;
  readonly now: () => Date;
  /** Told of an event that could not be applied by its own fault, and not of texts in it. */
  readonly onFailed: (event: InboxEvent, error: unknown) => void;
  /** Told when somebody else wrote about the same people at the same time. */
  readonly onContention: () => void;
  /** For crash tests: called before every write. */
  readonly step?: (name: string) => void | Promise<void>;
}

/** What became of a job's events. */
export interface Applied {
  /** How many of them waited to be applied. */
  readonly waited: number;
  readonly ends: readonly EventEnd[];
  readonly names: readonly NameWanted[];
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
  return { waited: events.length, ...(await applyAll(deps, events.toSorted(byTime))) };
};

type Effects = Omit<Applied, "waited">;
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
    parts.push(counted.isLast ? counted.applied : await applyAll(deps, [counted.event]));
  }
  return {
    waited: events.length,
    ends: parts.flatMap(({ ends }) => ends),
    names: parts.flatMap(({ names }) => names),
  };
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
  return { ends: [...before.ends, ...after.ends], names: [...before.names, ...after.names] };
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
  let events = all;
  for (let round = 0; round < roundsMax; round += 1) {
    const changes = decide(deps, { events, providers, known: await read(deps, events, providers) });
    if (await write(deps, changes)) return await finish(deps, changes);
    deps.onContention();
    if (round > 0) await pause(Math.random() * pauseMs * round);
    events = await stillWaiting(deps, events);
    if (events.length === 0) return nothing;
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

type Providers = ReadonlyMap<string, string>;

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

const read = async (
  { people }: ApplyEventsDeps,
  events: readonly InboxEvent[],
  providers: Providers,
): Promise<Known> => {
  const workspaceId = events[0]?.workspaceId ?? "";
  const keys = new Set(events.flatMap((event) => aliasKeysOf(event, providers)));
  const owners = await people.findOwners(workspaceId, [...keys]);
  const profiles = new Map<string, Profile>();
  let missing = new Set(owners.values());
  while (missing.size > 0) {
    const found = await people.findProfiles(workspaceId, [...missing]);
    for (const profile of found) profiles.set(profile.id, profile);
    const survivors = found.flatMap(({ mergedInto }) => (mergedInto === null ? [] : [mergedInto]));
    missing = new Set(survivors.filter((id) => !profiles.has(id)));
  }
  return { owners, profiles };
};

const aliasKeysOf = (event: InboxEvent, providers: Providers): string[] => {
  const { workspaceId, channelId, lineUserId } = event;
  if (event.source === "line") {
    const provider = providers.get(channelId ?? "");
    if (provider === undefined || lineUserId === null) return [];
    return [aliasKey(workspaceId, lineAlias(provider, lineUserId))];
  }
  const call = readIdentify(event);
  if (!call) return [];
  const email = emailAlias(call);
  return [...namesOf(call.names).values(), ...(email ? [email] : [])].map((alias) =>
    aliasKey(workspaceId, alias),
  );
};

const decide = (
  { newProfileId, now }: ApplyEventsDeps,
  given: { events: readonly InboxEvent[]; providers: Providers; known: Known },
): Changes => {
  const draft = createDraft(given.known, now());
  for (const event of given.events) {
    const provider = given.providers.get(event.channelId ?? "");
    if (event.source === "track" && event.type === "identify")
      applyIdentify({ draft, newProfileId }, event);
    else if (event.source === "track")
      draft.end({ event, state: "ignored", reason: "type_unknown", profileId: null });
    else if (provider === undefined)
      draft.end({ event, state: "ignored", reason: "channel_unknown", profileId: null });
    else applyLineEvent({ draft, newProfileId, provider }, event);
  }
  return draft.changes();
};

/**
 * False as soon as anybody else was faster; then nothing later is written, and what was stays valid. Aliases come
 * before their profiles: whoever finds one without the other makes the profile.
 */
const write = async (
  { people, step }: ApplyEventsDeps,
  { claims, redirects, repoints, inserts, updates }: Changes,
): Promise<boolean> => {
  const steps: [string, number, () => Promise<boolean>][] = [
    ["claim", claims.length, () => people.claim(claims)],
    ["redirect", redirects.length, () => people.insertProfiles(redirects)],
    ["repoint", repoints.length, () => people.repoint(repoints)],
    ["insert", inserts.length, () => people.insertProfiles(inserts)],
    ["update", updates.length, () => people.updateProfiles(updates)],
  ];
  for (const [name, size, run] of steps) {
    if (size === 0) continue;
    await step?.(name);
    if (!(await run())) return false;
  }
  return true;
};

const finish = async (
  { people, now, step }: ApplyEventsDeps,
  { traces, ends, names }: Changes,
): Promise<Effects> => {
  if (traces.length > 0) {
    await step?.("trace");
    const unsent = await people.traceMessages(traces);
    await step?.("purge");
    await people.purge(traces[0]?.workspaceId ?? "", unsent, now());
  }
  await step?.("end");
  await people.end(ends, now());
  return { ends, names };
};
