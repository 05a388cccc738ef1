import { setTimeout as pause } from "node:timers/promises";

import { createLogger, createSealer } from "@yubin/kit";
import { useLineDispatcher } from "@yubin/line";
import { createProducer, type Producer } from "@yubin/queue";
import { testServers, type TestServers } from "@yubin/servers/testing";
import {
  createSimulator,
  type ChannelView,
  type Simulator,
  type SimulatorOptions,
} from "@yubin/simulator";
import {
  connectStore,
  newMessageBatch,
  recipientsOf,
  type BatchRow,
  type CampaignRow,
  type ProfileRow,
  type Store,
} from "@yubin/store";
import {
  advanceCampaign,
  aliasKey,
  deliverMessage,
  lineAlias,
  newId,
  limits,
  type CampaignAudience,
  type CampaignExclude,
  type LineMessage,
  type FrozenSend,
  type MissingRule,
} from "@yubin/types";

import { readConfig } from "../src/config.ts";
import type { ListRow } from "../src/domain/plan-people.ts";
import { pageIdOf } from "../src/store/list-pages.ts";
import { startSender, type StartOptions } from "../src/start.ts";

export const workspaceId = "ws_main";
const provider = "acme";
const secretKeys = `k1:${Buffer.alloc(32, 7).toString("base64")}`;

export interface WorldOptions {
  readonly simulator?: SimulatorOptions;
  readonly limits?: { readonly pushPerSecond: number; readonly multicastPerSecond: number };
  /** Senders in this process. */
  readonly senders?: number;
  readonly sender?: Pick<StartOptions, "step" | "now">;
  readonly env?: Readonly<Record<string, string>>;
  readonly logLevel?: string;
  /** Takes the lines of the log, which else go to standard output. */
  readonly logged?: string[];
  /** Opens what stands between the senders and the simulator, and gives its origin. */
  readonly between?: (simulatorUrl: string) => Promise<string>;
}

/** LINE's stand-in, one connected channel, and senders in this process, on databases and queues of their own. */
export interface World {
  readonly servers: TestServers;
  readonly simulator: Simulator;
  readonly line: ChannelView;
  readonly store: Store;
  readonly producer: Producer;
  readonly channelId: string;
  /** What a sender's configuration is read from. */
  readonly environment: Readonly<Record<string, string>>;
  startSender(
    options?: Pick<StartOptions, "step" | "now">,
  ): Promise<{ stop(): Promise<void>; readonly opsPort: number }>;
  /** People who follow the channel, at LINE and in profiles; their LINE IDs. */
  addFriends(count: number): Promise<string[]>;
  addProfile(
    profile: Partial<ProfileRow> & { lineUserId?: string; state?: "following" | "blocked" },
  ): Promise<string>;
  launch(campaign: {
    text: string;
    audience?: CampaignAudience;
    personal?: boolean;
    messages?: LineMessage[];
    /** Rows of an uploaded list, which is the audience then. */
    list?: readonly ListRow[];
    exclude?: CampaignExclude;
    more?: Partial<CampaignRow>;
    missing?: MissingRule;
  }): Promise<string>;
  message(request: Omit<FrozenSend, "channelId">, key?: string): Promise<string>;
  campaign(id: string): Promise<CampaignRow>;
  batch(id: string): Promise<BatchRow>;
  batchesOf(campaignId: string): Promise<BatchRow[]>;
  untilDone(campaignId: string, timeoutMs?: number): Promise<CampaignRow>;
  untilSettled(batchId: string, timeoutMs?: number): Promise<BatchRow>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const openWorld = async (options: WorldOptions = {}): Promise<World> => {
  await using opened = new AsyncDisposableStack();
  const servers = testServers();
  const simulator = createSimulator(options.simulator);
  await simulator.start();
  opened.defer(() => simulator.stop());
  const line = simulator.addChannel({ provider });
  const store = await connectStore({ url: servers.mongoUrl });
  opened.defer(() => store.close());
  const channelId = await insertChannel(store, line, options);

  const log = createLogger({
    service: "sender",
    level: (options.logLevel ?? "silent") as "silent",
    ...(options.logged ? { destination: { write: (entry) => options.logged?.push(entry) } } : {}),
  });
  const producer = createProducer({
    redisUrl: servers.redisUrl,
    prefix: servers.redisPrefix,
    deadlineMs: 5_000,
    log,
  });
  opened.defer(() => producer.close());
  await until(() => reaches(producer), { what: "Redis" });
  const dispatcher = useLineDispatcher();
  opened.defer(() => dispatcher.close());

  const environment = {
    MONGODB_URL: servers.mongoUrl,
    REDIS_URL: servers.redisUrl,
    QUEUE_PREFIX: servers.redisPrefix,
    OPS_PORT: "0",
    YUBIN_SECRET_KEYS: secretKeys,
    PUBLIC_URL: "https://yubin.example",
    LINE_API_BASE_URL: (await options.between?.(simulator.url)) ?? simulator.url,
    SWEEP_EVERY_MS: "1000",
    SHUTDOWN_GRACE_MS: "10000",
    ...options.env,
  };
  const config = readConfig(environment);
  const senders = opened.use(new AsyncDisposableStack());
  const start: World["startSender"] = async (more = {}) => {
    const resources = new AsyncDisposableStack();
    const { opsPort } = await startSender({ config, log, resources, ...options.sender, ...more });
    senders.defer(() => resources.disposeAsync());
    return { opsPort, stop: () => resources.disposeAsync() };
  };
  for (let index = 0; index < (options.senders ?? 1); index += 1) await start();

  const closing = opened.move();
  const world: World = {
    servers,
    simulator,
    line,
    store,
    producer,
    channelId,
    environment,
    startSender: start,
    addFriends: async (count) => {
      const userIds = simulator.addPeople({ provider, count });
      simulator.follow(line.channelId, userIds);
      for (let from = 0; from < userIds.length; from += 1_000)
        await store.profiles.insertMany(
          userIds
            .slice(from, from + 1_000)
            .map((lineUserId) => newProfile(channelId, { lineUserId })),
        );
      return userIds;
    },
    addProfile: async (profile) => {
      const row = newProfile(channelId, profile);
      await store.profiles.insertOne(row);
      for (const alias of [
        ...(row.externalId === null ? [] : [{ kind: "user" as const, value: row.externalId }]),
        ...row.lineAccounts.map(({ lineUserId }) => lineAlias(provider, lineUserId)),
      ])
        await store.aliases.insertOne({
          _id: aliasKey(workspaceId, alias),
          workspaceId,
          kind: alias.kind,
          value: alias.value,
          profileId: row._id,
          proof: "test",
          since: new Date(),
        });
      return row._id;
    },
    launch: async ({ text, messages, personal, missing, list, exclude, more, ...asked }) => {
      const id = newId("camp");
      const now = new Date();
      const audience = asked.audience ?? { type: list ? "list" : "friends" };
      await store.campaigns.insertOne({
        _id: id,
        workspaceId,
        channelId,
        name: "test",
        content: {
          messages: messages ?? [{ type: "text", text }],
          ...(missing ? { missing } : {}),
        },
        contentVersion: 1,
        personal: personal ?? text.includes("{{"),
        audience,
        list: list ? await putList(store, id, list) : null,
        exclude: exclude ?? null,
        purpose: null,
        state: "planning",
        stateReason: null,
        run: 1,
        fedBatches: 0,
        plannedBatches: null,
        nextAt: now,
        createdAt: now,
        launchedAt: now,
        endedAt: null,
        ...more,
      });
      await producer.enqueue(advanceCampaign, [{ v: 1, workspaceId, campaignId: id }]);
      return id;
    },
    message: async (request, key) => {
      const row = newMessageBatch(
        { ...request, channelId },
        { workspaceId, idempotencyKey: key, newId: () => newId("msg"), now: new Date() },
      );
      await store.batches.insertOne(row);
      await producer.enqueue(deliverMessage, [{ v: 1, workspaceId, batchId: row._id }]);
      return row._id;
    },
    campaign: async (id) => {
      const row = await store.campaigns.findOne({ _id: id });
      if (!row) throw new Error("no such campaign");
      return row;
    },
    batch: async (id) => {
      const row = await store.batches.findOne({ _id: id });
      if (!row) throw new Error("no such batch");
      return row;
    },
    batchesOf: (campaignId) => store.batches.find({ campaignId }).sort({ _id: 1 }).toArray(),
    untilDone: async (id, timeoutMs = 60_000) => {
      await until(async () => (await world.campaign(id)).state === "done", {
        what: "the campaign to be done",
        timeoutMs,
      });
      return world.campaign(id);
    },
    untilSettled: async (id, timeoutMs = 30_000) => {
      await until(async () => (await store.batches.findOne({ _id: id }))?.state === "settled", {
        what: "the batch to be settled",
        timeoutMs,
      });
      return world.batch(id);
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
  return world;
};

/** As ingress stores an upload: a few hundred rows a page. */
const putList = async (store: Store, campaignId: string, rows: readonly ListRow[]) => {
  const id = newId("list");
  const pages = Math.ceil(rows.length / limits.listPageRows);
  for (let page = 1; page <= pages; page += 1) {
    const some = rows.slice((page - 1) * limits.listPageRows, page * limits.listPageRows);
    await store.audiencePages.insertOne({
      _id: pageIdOf(id, page),
      workspaceId,
      campaignId,
      listId: id,
      upload: "test",
      refs: some.map(({ ref }) => ref),
      data: some.some(({ data }) => data) ? some.map(({ data }) => ({ ...data })) : [],
      erasures: [],
    });
  }
  return { id, pages, rows: rows.length, createdAt: new Date() };
};

const reaches = (producer: Producer): Promise<boolean> =>
  producer.ping().then(
    () => true,
    () => false,
  );

export const until = async (
  check: () => Promise<boolean> | boolean,
  { what, timeoutMs = 30_000 }: { readonly what: string; readonly timeoutMs?: number },
): Promise<void> => {
  const endsAt = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() > endsAt) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await pause(20);
  }
};

/**
 * The outcomes of a campaign counted from its recipients, and from its counters; fails where those by minute are not
 * what a recount gives.
 */
export const countsOf = async (world: World, campaignId: string) => {
  const recounted = {
    audience: 0,
    queued: 0,
    accepted: 0,
    refused: 0,
    skipped: 0,
    cancelled: 0,
    unknown: 0,
  };
  const counted = { ...recounted };
  for (const row of await world.batchesOf(campaignId)) {
    for (const { outcome } of recipientsOf(row)) {
      recounted.audience += 1;
      recounted[outcome ?? "queued"] += 1;
    }
    for (const name of Object.keys(counted) as (keyof typeof counted)[])
      counted[name] += row.counts[name];
    checkMinutes(row);
  }
  return { recounted, counted };
};

const checkMinutes = (row: BatchRow): void => {
  const tell = (ends: readonly string[]): string => ends.toSorted().join(", ");
  const counted = (row.byMinute ?? []).flatMap(({ minute, outcome, count }) =>
    Array.from({ length: count }, () => `${minute} ${outcome}`),
  );
  const recounted = recipientsOf(row).flatMap(({ outcome, settledAt }) =>
    outcome ? [`${Math.floor(Number(settledAt) / 60_000)} ${outcome}`] : [],
  );
  if (tell(counted) !== tell(recounted)) throw new Error(`${row._id} by minute: ${tell(counted)}`);
};

const newProfile = (
  channelId: string,
  {
    lineUserId,
    state = "following",
    ...rest
  }: Partial<ProfileRow> & { lineUserId?: string; state?: "following" | "blocked" },
): ProfileRow => ({
  _id: newId("prof"),
  workspaceId,
  externalId: null,
  traits: {},
  traitTimes: {},
  consents: {},
  suppression: null,
  lineAccounts:
    lineUserId === undefined
      ? []
      : [
          {
            provider,
            lineUserId,
            displayName: `Name of ${lineUserId.slice(-4)}`,
            pictureUrl: null,
            language: null,
            fetchedAt: null,
            linkedAt: new Date(),
            proof: { kind: "follow", at: new Date() },
            friendship: { [channelId]: { state, at: new Date(), eventId: "e" } },
          },
        ],
  blockedOn: lineUserId !== undefined && state === "blocked" ? [channelId] : [],
  friendOf: lineUserId !== undefined && state === "following" ? [channelId] : [],
  mergedInto: null,
  mergedFrom: [],
  version: 1,
  createdAt: new Date(),
  updatedAt: new Date(),
  ...rest,
});

export const sealToken = (channelId: string, token: string): string =>
  createSealer([{ id: "k1", key: Buffer.alloc(32, 7) }]).seal(token, `${workspaceId}/${channelId}`);

const insertChannel = async (
  store: Store,
  line: ChannelView,
  options: WorldOptions,
): Promise<string> => {
  const id = newId("chan");
  const now = new Date();
  await store.channels.insertOne({
    _id: id,
    workspaceId,
    provider,
    lineChannelId: line.channelId,
    botUserId: line.botUserId,
    basicId: line.basicId,
    name: "Shop",
    sealedToken: sealToken(id, line.accessToken),
    secrets: [{ sealed: sealToken(id, line.channelSecret), validUntil: null }],
    limits: options.limits ?? { pushPerSecond: 2_000, multicastPerSecond: 200 },
    state: "connected",
    stateReason: null,
    webhookUrl: "",
    health: [],
    version: 1,
    createdAt: now,
    updatedAt: now,
  });
  return id;
};
