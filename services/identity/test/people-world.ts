import { randomBytes } from "node:crypto";

import { testServers, type TestServers } from "@yubin/servers/testing";
import {
  connectStore,
  type ChannelRow,
  type EventRow,
  type ProfileRow,
  type Store,
} from "@yubin/store";
import { newId } from "@yubin/types";
import { onTestFinished } from "vitest";

import { applyEvents, type ApplyEventsDeps } from "../src/domain/apply-events.ts";
import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { erasePerson, sweepErasures } from "../src/domain/erase-person.ts";
import type { ErasureStore, MergeStore, PeopleStore } from "../src/domain/people-store.ts";
import { sweepMerges } from "../src/domain/sweep-merges.ts";
import { undoMerge } from "../src/domain/undo-merge.ts";
import { createPeopleStore } from "../src/store/people.ts";
import { createProviders } from "../src/store/providers.ts";
import { createStaleMerges } from "../src/store/stale-merges.ts";
import { createWorkspaceRules } from "../src/store/workspace-rules.ts";
import { createTombstoneIds } from "../src/tombstone-ids.ts";
import { channelId, workspaceId } from "./made-events.ts";

/** A database of its own with one channel, and the rules on it. */
export interface PeopleWorld {
  readonly servers: TestServers;
  readonly store: Store;
  readonly people: PeopleStore & MergeStore & ErasureStore;
  /** Keeps events as the edge does. */
  keep(events: readonly InboxEvent[]): Promise<void>;
  /** Applies events as one job of one more worker does. */
  apply(events: readonly InboxEvent[], more?: Partial<ApplyEventsDeps>): Promise<void>;
  channel(id: string): Promise<void>;
  /** What the sweepers find, some time from now. */
  sweep(laterMs?: number): Promise<void>;
}

/** Takes what closes something with the test. */
export type AtEnd = (close: () => Promise<void>) => void;

const secretKeys = [{ key: randomBytes(32) }];

/** Tests that run beside others of their file give their own `onTestFinished`: the general one could take another's. */
export const openPeopleWorld = async (atEnd: AtEnd = onTestFinished): Promise<PeopleWorld> => {
  const servers = testServers();
  const store = await connectStore({ url: servers.mongoUrl });
  atEnd(() => store.close());
  const people = createPeopleStore(store, { tombstoneIds: createTombstoneIds(secretKeys) });
  const providerOf = createProviders(store);
  const rulesOf = createWorkspaceRules(store);
  const world: PeopleWorld = {
    servers,
    store,
    people,
    keep: (events) => keepEvents(store, events),
    apply: async (events, more = {}) => {
      const ids = events.map(({ id }) => id);
      await applyEvents(
        { ...plainDeps({ people, providerOf, rulesOf }, more.step), ...more },
        workspaceId,
        ids,
      );
    },
    sweep: async (laterMs = 700_000) => {
      const now = (): Date => new Date(Date.now() + laterMs);
      await sweepMerges({ people, findStale: createStaleMerges(store), now });
      await sweepErasures({ people, tellSender: async () => undefined, now });
    },
    channel: async (id) => {
      await store.channels.insertOne(channelRow(id));
    },
  };
  await world.channel(channelId);
  return world;
};

/** Cuts events into jobs and lets several workers have them at once, as queues do. */
export const applyInJobs = async (
  world: PeopleWorld,
  events: readonly InboxEvent[],
  { size, workers }: { size: number; workers: number },
): Promise<void> => {
  const jobs = Array.from({ length: Math.ceil(events.length / size) }, (_, job) =>
    events.slice(job * size, (job + 1) * size),
  );
  const work = async (): Promise<void> => {
    for (let job = jobs.shift(); job; job = jobs.shift()) await world.apply(job);
  };
  await Promise.all(Array.from({ length: workers }, work));
};

/** In the order in which they are made: who survives a merge is the same in every run. */
let madeAt = Date.now();
const newProfileId = (): string => newId("prof", () => (madeAt += 1));

const plainDeps = (
  given: Pick<ApplyEventsDeps, "providerOf" | "rulesOf"> & Pick<PeopleWorld, "people">,
  step: ApplyEventsDeps["step"],
): ApplyEventsDeps => {
  const now = (): Date => new Date();
  const steps = { people: given.people, now, ...(step ? { step } : {}) };
  return {
    ...given,
    newProfileId,
    now,
    solo: (event) =>
      event.type === "undo"
        ? undoMerge(steps, event)
        : erasePerson({ ...steps, tellSender: async () => undefined }, event),
    onFailed: (_, error) => {
      throw error;
    },
    onContention: () => undefined,
  };
};

export const keepEvents = async (store: Store, events: readonly InboxEvent[]): Promise<void> => {
  for (let from = 0; from < events.length; from += 1_000)
    await store.events.insertMany(events.slice(from, from + 1_000).map(toRow));
};

const toRow = ({ id, tries: _tries, ...event }: InboxEvent): EventRow => ({
  _id: id,
  ...event,
  state: "stored",
  reason: null,
  profileId: null,
  appliedAt: null,
  nextAt: event.receivedAt,
  hash: "0",
});

export const channelRow = (id: string, more: Partial<ChannelRow> = {}): ChannelRow => ({
  _id: id,
  workspaceId,
  provider: "main",
  lineChannelId: "2000000001",
  botUserId: `U${id}`,
  basicId: "@bot",
  name: id,
  sealedToken: null,
  secrets: [],
  limits: { pushPerSecond: 2_000, multicastPerSecond: 200 },
  state: "connected",
  stateReason: null,
  webhookUrl: "",
  health: [],
  version: 1,
  createdAt: new Date(0),
  updatedAt: new Date(0),
  ...more,
});

/** All that is true of people, without ids and times that differ from run to run. */
export const finalState = async (store: Store) => {
  const profiles = await store.profiles.find().toArray();
  const events = await store.events.find().sort({ _id: 1 }).toArray();
  const live = profiles.filter(({ mergedInto }) => mergedInto === null);
  const rows = new Map(profiles.map((row) => [row._id, row]));
  const survivorOf = (id: string): ProfileRow | undefined => {
    const row = rows.get(id);
    return row && row.mergedInto !== null ? survivorOf(row.mergedInto) : row;
  };
  return {
    names: (await store.aliases.find().toArray())
      .map(({ _id, profileId }) => `${_id} ${descriptionOf(survivorOf(profileId))}`)
      .sort((one, other) => (one < other ? -1 : 1)),
    conflicts: (await store.conflicts.find().sort({ _id: 1 }).toArray()).map(
      ({ _id, state, resolvedBy, because, holderId, resolvedTo, claimants }) =>
        [
          [_id, state, resolvedBy, because, claimants.length].join(" "),
          descriptionOf(survivorOf(holderId)),
          descriptionOf(survivorOf(resolvedTo ?? "")),
        ].join(" "),
    ),
    people: live.map(personOf).sort((one, other) => (one < other ? -1 : 1)),
    events: events.map(({ _id, state, reason, profileId }) => {
      const person = live.find((profile) => profile._id === profileId);
      return [_id, state, reason, person ? personOf(person) : profileId].join(" ");
    }),
  };
};

const descriptionOf = (row: ProfileRow | undefined): string => (row ? personOf(row) : "nobody");

const personOf = ({ externalId, traits, lineAccounts, friendOf, ...row }: ProfileRow): string =>
  JSON.stringify({
    externalId,
    externalIds: (row.externalIds ?? []).toSorted(byText),
    traits: Object.entries(traits).toSorted(([one], [other]) => byText(one, other)),
    consents: row.consents,
    suppression: row.suppression,
    absorbed: row.mergedFrom.length,
    isErased: Boolean(row.erasedAt),
    friendOf,
    accounts: lineAccounts.map(({ provider, lineUserId, proof, friendship }) => ({
      provider,
      lineUserId,
      proof,
      friendship,
    })),
  });

/**
 * What must hold of any database of ours: every alias leads to a live profile, every live profile is found by an alias,
 * and no LINE ID or external id is in two of them.
 */
export const brokenPromises = async (store: Store): Promise<string[]> => {
  const aliases = await store.aliases.find().toArray();
  const profiles = new Map((await store.profiles.find().toArray()).map((row) => [row._id, row]));
  const survivorOf = (id: string): ProfileRow | undefined => {
    const row = profiles.get(id);
    return row && row.mergedInto !== null ? survivorOf(row.mergedInto) : row;
  };
  const found = new Set(aliases.map(({ profileId }) => survivorOf(profileId)?._id));
  const live = [...profiles.values()].filter(({ mergedInto }) => mergedInto === null);
  const names = live.flatMap(({ externalId, lineAccounts }) => [
    ...(externalId === null ? [] : [`user ${externalId}`]),
    ...lineAccounts.map(({ provider, lineUserId }) => `${provider} ${lineUserId}`),
  ]);
  return [
    ...aliases
      .filter(({ profileId }) => !survivorOf(profileId))
      .map(({ _id }) => `${_id} leads nowhere`),
    ...live.filter(({ _id }) => !found.has(_id)).map(({ _id }) => `${_id} is an orphan`),
    ...names.filter((name, at) => names.indexOf(name) !== at).map((name) => `${name} is twice`),
    ...live.filter((one) => !isDerived(one)).map(({ _id }) => `${_id}: friendOf is not derived`),
  ];
};

const isDerived = ({ friendOf, lineAccounts }: ProfileRow): boolean => {
  const following = lineAccounts.flatMap(({ friendship }) =>
    Object.entries(friendship).flatMap(([id, { state }]) => (state === "following" ? [id] : [])),
  );
  return JSON.stringify(friendOf) === JSON.stringify([...new Set(following)].sort());
};

const byText = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

/** Numbers from 0 to below 1 that are the same in every run. */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

export const shuffled = <Item>(items: readonly Item[], random: () => number): Item[] =>
  items
    .map((item) => ({ item, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
