import { createHmac, randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { createLogger, createSealer, hashApiKey, newApiKey } from "@yubin/kit";
import { useLineDispatcher } from "@yubin/line";
import { freePort, testServers } from "@yubin/servers/testing";
import { connectStore, type ApiKeyRow, type EventRow, type Store } from "@yubin/store";
import { newId } from "@yubin/types";

import { readConfig, type Config } from "../src/config.ts";
import { startIngress } from "../src/start.ts";
import { rawHttp } from "./raw-http.ts";

export const adminKey = "yb_live_test-admin-key-0123456789";

/** The tests' own calls go through it as well, and a machine with too much to do answers late. */
useLineDispatcher({ timeoutMs: 60_000 });

export interface TestIngress extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly opsUrl: string;
  readonly config: Config;
  /** A connection of the test's own to the same database. */
  readonly store: Store;
  /** What it logged. */
  readonly logged: string[];
}

export interface TestIngressOptions {
  readonly env?: Record<string, string>;
  readonly now?: () => Date;
  readonly clickLimitsPerMinute?: { readonly clicks: number; readonly misses: number };
  /** Another replica on the same database and queues. */
  readonly beside?: TestIngress;
}

/** One ingress in this process, on servers of the test run. */
export const startTestIngress = async (options: TestIngressOptions = {}): Promise<TestIngress> => {
  const { env = {}, now, clickLimitsPerMinute, beside } = options;
  const servers = testServers();
  const port = await freePort();
  const config: Config = {
    ...(beside?.config ??
      readConfig({
        MONGODB_URL: servers.mongoUrl,
        REDIS_URL: servers.redisUrl,
        QUEUE_PREFIX: servers.redisPrefix,
        HOST: "127.0.0.1",
        OPS_PORT: "0",
        PUBLIC_URL: `http://127.0.0.1:${port}`,
        YUBIN_SECRET_KEYS: `k1:${randomBytes(32).toString("base64")}`,
        YUBIN_ADMIN_KEY: adminKey,
        LINE_API_BASE_URL: "http://127.0.0.1:1",
        ...env,
      })),
    port,
  };
  const logged: string[] = [];
  const log = createLogger({
    service: "ingress",
    level: "debug",
    destination: { write: (line) => void logged.push(line) },
  });
  const resources = new AsyncDisposableStack();
  const store = await connectStore({ url: config.mongoUrl });
  resources.defer(() => store.close());
  const started = await startIngress({
    config,
    log,
    resources,
    ...(now ? { now } : {}),
    ...(clickLimitsPerMinute ? { clickLimitsPerMinute } : {}),
  });
  return {
    url: `http://127.0.0.1:${started.port}`,
    port: started.port,
    opsUrl: `http://127.0.0.1:${started.opsPort}`,
    config,
    store,
    logged,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

export interface TestChannel {
  readonly id: string;
  readonly botUserId: string;
  readonly secret: string;
  readonly workspaceId: string;
}

/** A connected channel, put there without asking LINE. */
export const addChannel = async (
  { store, config }: TestIngress,
  given: Partial<TestChannel> & { provider?: string } = {},
): Promise<TestChannel> => {
  const channel: TestChannel = {
    id: newId("chan"),
    botUserId: `U${randomBytes(16).toString("hex")}`,
    secret: randomBytes(16).toString("hex"),
    workspaceId: "ws_main",
    ...given,
  };
  const { seal } = createSealer(config.secretKeys);
  const context = `${channel.workspaceId}/${channel.id}`;
  await store.channels.insertOne({
    _id: channel.id,
    workspaceId: channel.workspaceId,
    provider: given.provider ?? "main",
    lineChannelId: "2000000000",
    botUserId: channel.botUserId,
    basicId: "@test",
    name: "Test",
    sealedToken: seal("t".repeat(40), context),
    secrets: [{ sealed: seal(channel.secret, context), validUntil: null }],
    limits: { pushPerSecond: 2_000, multicastPerSecond: 200 },
    state: "connected",
    stateReason: null,
    webhookUrl: "",
    health: [],
    version: 1,
    createdAt: new Date(),
    updatedAt: new Date(),
  });
  // As LINE would have said; here nobody answers who could be asked.
  const quota = { limit: null, used: 0, fetchedAt: new Date() };
  await store.channelQuotas.insertOne({
    _id: channel.id,
    workspaceId: channel.workspaceId,
    ...quota,
  });
  return channel;
};

export const sign = (secret: string, bytes: string | Buffer): string =>
  createHmac("sha256", secret).update(bytes).digest("base64");

/** A message event as LINE sends it. */
export const lineEvent = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: "message",
  mode: "active",
  timestamp: Date.now(),
  source: { type: "user", userId: `U${randomBytes(16).toString("hex")}` },
  webhookEventId: randomBytes(13).toString("hex").toUpperCase(),
  deliveryContext: { isRedelivery: false },
  replyToken: randomBytes(16).toString("hex"),
  message: { id: "468789577898262530", type: "text", quoteToken: "q3Plxr4", text: "hello" },
  ...over,
});

export interface PostOptions {
  readonly path?: string;
  readonly signature?: string;
  readonly headers?: Record<string, string>;
}

/**
 * Posts a webhook of this channel, rightly signed unless told otherwise. A 503 is posted again, as LINE does: on a
 * machine with too much to do the store may be late, and what is asked here is something else.
 */
export const postWebhook = async (
  ...args: Parameters<typeof postWebhookOnce>
): Promise<Response> => {
  for (let attempt = 1; ; attempt += 1) {
    const res = await postWebhookOnce(...args);
    if (res.status !== 503 || attempt === redeliveriesMax) return res;
    await res.body?.cancel();
    await pause(redeliverAfterMs);
  }
};

const redeliveriesMax = 40;
const redeliverAfterMs = 250;

export const postWebhookOnce = (
  ingress: TestIngress,
  channel: TestChannel,
  body: string | Buffer | readonly unknown[],
  { path = "/inbound/line", signature, headers = {} }: PostOptions = {},
): Promise<Response> => {
  const bytes = Array.isArray(body)
    ? JSON.stringify({ destination: channel.botUserId, events: body })
    : (body as string | Buffer);
  return fetch(`${ingress.url}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-line-signature": signature ?? sign(channel.secret, bytes),
      ...headers,
    },
    body: bytes,
  });
};

/** Status and code of an answer, for comparing many at once. */
export const verdict = async (answer: Response | Promise<Response>): Promise<string> => {
  const res = await answer;
  const text = await res.text();
  if (res.ok) return String(res.status);
  const { error } = JSON.parse(text) as { error: { code: string; field?: string } };
  return [res.status, error.code, ...(error.field === undefined ? [] : [error.field])].join(" ");
};

export const storedEvents = ({ store }: TestIngress, filter: object = {}): Promise<EventRow[]> =>
  store.events.find(filter).sort({ _id: 1 }).toArray();

/** Rows of `it.each` with the body in front, short enough for a name. */
export const named = (
  rows: readonly (readonly [body: Record<string, unknown>, expected: string])[],
): [name: string, body: Record<string, unknown>, expected: string][] =>
  rows.map(([body, expected]) => [JSON.stringify(body).slice(0, 70), body, expected]);

export interface CallOptions {
  readonly key?: string;
  readonly headers?: Record<string, string>;
}

/**
 * Calls the API; texts and bytes go out as they are. What the store was too late for is asked again, as in
 * `postWebhook`.
 */
export const callApi = async (...args: Parameters<typeof callApiOnce>): Promise<Response> => {
  for (let attempt = 1; ; attempt += 1) {
    const res = await callApiOnce(...args);
    if (res.status !== 503 || attempt === redeliveriesMax) return res;
    if (!(await res.clone().text()).includes('"store.unavailable"')) return res;
    await pause(redeliverAfterMs);
  }
};

export const callApiOnce = (
  ingress: TestIngress,
  [method, path]: readonly [string, string],
  body?: unknown,
  { key = adminKey, headers = {} }: CallOptions = {},
): Promise<Response> =>
  fetch(`${ingress.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: bytesOf(body) }),
  });

const bytesOf = (body: unknown): string | Buffer =>
  typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);

/** A key put there without asking the API; of the first workspace and with all scopes unless told otherwise. */
export const addKey = async (
  { store }: TestIngress,
  given: Partial<Omit<ApiKeyRow, "_id">> = {},
): Promise<string> => {
  const key = newApiKey();
  await store.apiKeys.insertOne({
    _id: hashApiKey(key),
    keyId: newId("key"),
    workspaceId: "ws_main",
    prefix: key.slice(0, 12),
    scopes: ["admin"],
    createdAt: new Date(),
    expiresAt: null,
    revokedAt: null,
    ...given,
  });
  return key;
};

/** By a plain connection, since `fetch` reads here no more than LINE may answer. */
export const metricsOf = async ({ opsUrl }: TestIngress): Promise<string> => {
  const scrape = "GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
  return (await rawHttp(Number(new URL(opsUrl).port), scrape)).text;
};

export const jsonOf = async <Body>(answer: Response | Promise<Response>): Promise<Body> =>
  (await (await answer).json()) as Body;
