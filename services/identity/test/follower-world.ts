import { createSealer } from "@yubin/kit";
import { createProducer, type Producer } from "@yubin/queue";
import { createSimulator, type Simulator, type SimulatorOptions } from "@yubin/simulator";
import type { BackfillRow, LineAccount } from "@yubin/store";
import { applyEvents, newId, runBackfill } from "@yubin/types";
import { expect, onTestFinished, vi } from "vitest";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { lineEvent, workspaceId } from "./made-events.ts";
import { channelRow, openPeopleWorld, type AtEnd, type PeopleWorld } from "./people-world.ts";
import { secretKey } from "./start-test-identity.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export const followedChannel = "chan_followed";

/** A channel at the simulator with followers of whom nobody here knows yet. */
export interface FollowerWorld {
  readonly simulator: Simulator;
  readonly world: PeopleWorld;
  readonly producer: Producer;
  /** The channel's id at LINE. */
  readonly lineChannelId: string;
  /** For identity. */
  readonly env: Record<string, string>;
  /** They follow at LINE, and no webhook tells of it. */
  addFollowers(count: number): string[];
  /** What LINE tells by webhook, stored and enqueued as ingress does. */
  tell(type: "follow" | "unfollow", userIds: readonly string[], at?: Date): Promise<InboxEvent[]>;
  /** A backfill as ingress starts it. */
  start(given?: { dryRun?: boolean }): Promise<string>;
  /** As ingress cancels it. */
  cancel(id: string): Promise<void>;
  row(id: string): Promise<BackfillRow>;
  untilSettled(id: string, timeoutMs?: number): Promise<BackfillRow>;
  /** The accounts of everybody here, by LINE ID. */
  accounts(): Promise<Map<string, LineAccount>>;
}

export const openFollowerWorld = async (
  options: SimulatorOptions = {},
  atEnd: AtEnd = onTestFinished,
): Promise<FollowerWorld> => {
  const simulator = createSimulator({ seed: 7, ...options });
  await simulator.start();
  atEnd(() => simulator.stop());
  const world = await openPeopleWorld(atEnd);
  const { store } = world;
  const line = simulator.addChannel({ provider: "main" });
  const sealer = createSealer([{ id: "k1", key: secretKey }]);
  const seal = (text: string): string => sealer.seal(text, `${workspaceId}/${followedChannel}`);
  await store.channels.insertOne(
    channelRow(followedChannel, {
      lineChannelId: line.channelId,
      sealedToken: seal(line.accessToken),
      secrets: [{ sealed: seal(line.channelSecret), validUntil: null }],
    }),
  );
  const { mongoUrl, redisUrl, redisPrefix: prefix } = world.servers;
  const producer = createProducer({ redisUrl, prefix, deadlineMs: 5_000, log: silent });
  atEnd(() => producer.close());
  await vi.waitFor(() => producer.ping(), 5_000);

  const row = async (id: string): Promise<BackfillRow> => {
    const found = await store.backfills.findOne({ _id: id, workspaceId });
    if (!found) throw new Error("no such backfill");
    return found;
  };
  return {
    simulator,
    world,
    producer,
    lineChannelId: line.channelId,
    env: {
      MONGODB_URL: mongoUrl,
      REDIS_URL: redisUrl,
      QUEUE_PREFIX: prefix,
      LINE_API_BASE_URL: simulator.url,
      RECONCILE_EVERY_MS: "0",
      NAME_FETCHES_PER_SECOND: "500",
    },
    addFollowers: (count) => {
      const userIds = simulator.addPeople({ provider: "main", count });
      simulator.follow(line.channelId, userIds);
      return userIds;
    },
    tell: async (type, userIds, at = new Date()) => {
      const events = userIds.map((userId) =>
        lineEvent(type, userId, { channelId: followedChannel, occurredAt: at, receivedAt: at }),
      );
      await world.keep(events);
      for (let from = 0; from < events.length; from += 250) {
        const eventIds = events.slice(from, from + 250).map(({ id }) => id);
        await producer.enqueue(applyEvents, [{ v: 1, workspaceId, eventIds }]);
      }
      return events;
    },
    start: async ({ dryRun = false } = {}) => {
      const id = newId("backfill");
      await store.backfills.insertOne(newBackfillRow(id, dryRun));
      await producer.enqueue(runBackfill, [{ v: 1, workspaceId, backfillId: id }]);
      return id;
    },
    cancel: async (id) => {
      const now = new Date();
      const cancelled = { state: "cancelled", endedAt: now, nextAt: now } as const;
      await store.backfills.updateOne(
        { _id: id, workspaceId, state: "running" },
        { $set: cancelled },
      );
      await producer.enqueue(runBackfill, [{ v: 1, workspaceId, backfillId: id }]);
    },
    row,
    untilSettled: (id, timeout = 120_000) =>
      vi.waitFor(
        async () => {
          const found = await row(id);
          expect(found.state).not.toBe("running");
          expect(found.nextAt).toBeNull();
          return found;
        },
        { timeout, interval: 50 },
      ),
    accounts: async () => {
      const profiles = await store.profiles.find({ workspaceId }).toArray();
      const all = profiles.flatMap(({ lineAccounts }) => lineAccounts);
      const accounts = new Map(all.map((account) => [account.lineUserId, account]));
      expect(accounts.size).toBe(all.length);
      return accounts;
    },
  };
};

/** A backfill that nobody has worked on yet. */
export const newBackfillRow = (id: string, dryRun = false): BackfillRow => ({
  _id: id,
  workspaceId,
  channelId: followedChannel,
  dryRun,
  state: "running",
  reason: null,
  seq: 1,
  pass: 1,
  passStartedAt: null,
  start: null,
  startAt: null,
  listed: false,
  pages: 0,
  found: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  tries: 0,
  claim: "",
  claimedUntil: new Date(0),
  nextAt: new Date(),
  namesAfter: null,
  startedAt: new Date(),
  endedAt: null,
});

/** What stands in an account about the channel. */
export const stateOf = (account: LineAccount | undefined): string | undefined =>
  account?.friendship[followedChannel]?.state;
