import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { startServers } from "@yubin/servers";
import type { ChannelView } from "@yubin/simulator";
import { connectStore, type Store } from "@yubin/store";

import { createLineLevers, type LineLevers } from "../demo/line-levers.ts";
import type { BenchOptions } from "./bench-result.ts";
import { createApi, type Api } from "../stack/api.ts";
import { startStack, type ServiceName, type Stack } from "../stack/stack.ts";
import { withDatabase } from "../stack/with-database.ts";

/** Everything as processes of its own, and one connected channel. */
export interface BenchWorld {
  readonly server: string;
  readonly stack: Stack;
  readonly store: Store;
  readonly redisUrl: string;
  readonly api: Api;
  readonly levers: LineLevers;
  readonly line: ChannelView;
  readonly channelId: string;
  readonly workspaceId: string;
  [Symbol.asyncDispose](): Promise<void>;
}

export const benchProvider = "bench";

export interface BenchWorldOptions {
  /** How many calls a second LINE takes and we are set to; by default far more than can be made. */
  readonly perSecond?: number;
}

export const startBenchWorld = async (
  { log, profileDir }: Pick<BenchOptions, "log" | "profileDir">,
  replicas: Partial<Record<ServiceName, number>> = {},
  { perSecond = 1_000_000 }: BenchWorldOptions = {},
): Promise<BenchWorld> => {
  await using opened = new AsyncDisposableStack();
  const logDir = await mkdtemp(join(tmpdir(), "yubin-bench-"));
  opened.defer(() => rm(logDir, { recursive: true, force: true }));
  const servers = await startServers({ log });
  opened.defer(() => servers.stop());

  const profiled: Record<string, string> =
    profileDir === undefined
      ? {}
      : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${resolve(profileDir)}` };
  const mongoUrl = withDatabase(servers.mongo.url, "yubin");
  const stack = await startStack({
    mongoUrl,
    redisUrl: servers.redis.url,
    logDir,
    replicas,
    env: { LOG_LEVEL: "warn", ...profiled },
    // LINE does not stand still to collect garbage: often and little is nearer to it than seldom and 13 ms.
    simulatorEnv: { NODE_OPTIONS: "--max-semi-space-size=16", ...profiled },
  });
  opened.defer(() => stack.stop());
  const store = await connectStore({ url: mongoUrl });
  opened.defer(() => store.close());

  const levers = createLineLevers(stack.simulatorUrl);
  const api = createApi(stack.ingressUrls[0] ?? "", stack.apiKey);
  const rate = { limit: perSecond, perMs: 1_000 };
  const line = await levers.addChannel({
    provider: benchProvider,
    rates: { push: rate, multicast: rate },
  });
  const { id } = await api.post<{ id: string }>("/v1/channels", {
    channelAccessToken: line.accessToken,
    channelId: line.channelId,
    channelSecret: line.channelSecret,
    provider: benchProvider,
  });
  await store.channels.updateOne(
    { _id: id },
    {
      $set: { limits: { pushPerSecond: perSecond, multicastPerSecond: perSecond } },
      $inc: { version: 1 },
    },
  );
  const { workspaceId } = (await store.channels.findOne({ _id: id })) ?? { workspaceId: "" };
  const server = `${servers.mongo.name} · ${servers.redis.name} ${servers.redis.version}`;
  log(server);

  const closing = opened.move();
  return {
    server,
    stack,
    store,
    redisUrl: servers.redis.url,
    api,
    levers,
    line,
    channelId: id,
    workspaceId,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
};
