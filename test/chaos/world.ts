import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Redis } from "ioredis";

import { startServers, type LocalServers } from "@yubin/servers";
import {
  createSimulator,
  type ChannelView,
  type Simulator,
  type SimulatorOptions,
} from "@yubin/simulator";
import { connectStore, type Store } from "@yubin/store";

import { createApi, type Api } from "../stack/api.ts";
import { withDatabase } from "../stack/with-database.ts";
import { startStack, type ServiceName, type Stack } from "../stack/stack.ts";
import { createSeededRandom, type SeededRandom } from "./seeded-random.ts";

/** Yubin as processes, LINE's stand-in in this process, and servers of our own to kill. */
export interface World {
  readonly servers: LocalServers;
  readonly simulator: Simulator;
  readonly stack: Stack;
  readonly store: Store;
  readonly api: Api;
  /** The channel at LINE, and our id of it. */
  readonly line: ChannelView;
  readonly channelId: string;
  readonly random: SeededRandom;
  /** Takes everything out of Redis, as the loss of its machine would. */
  flushRedis(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface WorldOptions {
  readonly seed: number;
  readonly replicas?: Partial<Record<ServiceName, number>>;
  readonly simulator?: SimulatorOptions;
  readonly env?: Readonly<Record<string, string>>;
  readonly log?: (line: string) => void;
}

export const provider = "acme";

/** Starts everything and connects one channel. */
export const startWorld = async (options: WorldOptions): Promise<World> => {
  await using opened = new AsyncDisposableStack();
  const log = options.log ?? (() => undefined);

  const logDir = await mkdtemp(join(tmpdir(), "yubin-world-"));
  opened.defer(() => rm(logDir, { recursive: true, force: true }));
  const servers = await startServers({ log });
  opened.defer(() => servers.stop());

  const simulator = createSimulator({ seed: options.seed, ...options.simulator });
  await simulator.start();
  opened.defer(() => simulator.stop());

  const mongoUrl = withDatabase(servers.mongo.url, "yubin");
  const stack = await startStack({
    mongoUrl,
    redisUrl: servers.redis.url,
    logDir,
    simulatorUrl: simulator.url,
    ...(options.replicas && { replicas: options.replicas }),
    ...(options.env && { env: options.env }),
  });
  opened.defer(() => stack.stop());
  simulator.webhooks.balance(stack.ingressUrls[0] ?? "", stack.ingressUrls);

  const store = await connectStore({ url: mongoUrl });
  opened.defer(() => store.close());

  const redis = new Redis(servers.redis.url);
  redis.on("error", () => undefined); // it is killed on purpose
  opened.defer(() => redis.disconnect());

  const api = createApi(stack.ingressUrls[0] ?? "", stack.apiKey);
  const line = simulator.addChannel({ provider, redelivery: true });
  const connected = await api.post<{ id: string }>("/v1/channels", {
    channelAccessToken: line.accessToken,
    channelId: line.channelId,
    channelSecret: line.channelSecret,
    provider,
  });
  log(
    `${servers.mongo.name}, ${servers.redis.name} ${servers.redis.version}; channel ${connected.id}`,
  );

  const closing = opened.move();
  return {
    servers,
    simulator,
    stack,
    store,
    api,
    line,
    channelId: connected.id,
    random: createSeededRandom(options.seed),
    flushRedis: async () => {
      await redis.flushall();
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
};
