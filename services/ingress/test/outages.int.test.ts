import { setTimeout as pause } from "node:timers/promises";
import { startServers, type LocalServer, type LocalServers } from "@yubin/servers";
import { createSimulator, type ChannelView, type Simulator } from "@yubin/simulator";
import { newId } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createRoutes, type RoutesDeps } from "../src/http/routes.ts";
import { addPerson, newLineUserId } from "./people.ts";
import { call, peopleCalls, type Call } from "./people-calls.ts";
import {
  addChannel,
  addKey,
  callApi,
  callApiOnce,
  jsonOf,
  lineEvent,
  metricsOf,
  postWebhook,
  postWebhookOnce,
  startTestIngress,
  storedEvents,
  verdict,
  type TestChannel,
  type TestIngress,
} from "./setup.ts";

/** LINE takes an answer after 2 s for none; what is left is for the way. */
const webhookWithinMs = 1_800;
/** What finding out who asks may take before the route's own limit begins. */
const lookupMs = 3_000;
const slackMs = 2_000;
const routes = createRoutes({} as RoutesDeps);
const limits = new Map(
  routes.map(({ method, path, timeout }) => [`${method.toUpperCase()} ${path}`, timeout.ms]),
);
const soon = { timeout: 60_000, interval: 200 };

let servers: LocalServers;
let simulator: Simulator;
let line: ChannelView;
let ingress: TestIngress;
let channel: TestChannel;
let calls: readonly Call[];
beforeAll(async () => {
  // Ours alone, whatever URLs the run was given: a server that other tests use must not be stopped.
  servers = await startServers({
    env: { ...process.env, MONGODB_URL: undefined, REDIS_URL: undefined },
  });
  simulator = createSimulator();
  await simulator.start();
  line = simulator.addChannel({ provider: "main" });
  const mongo = new URL(servers.mongo.url);
  mongo.pathname = "/outages";
  ingress = await startTestIngress({
    env: {
      MONGODB_URL: mongo.toString(),
      REDIS_URL: servers.redis.url,
      LINE_API_BASE_URL: simulator.url,
    },
  });
  channel = await addChannel(ingress);
  calls = await oneOfEach();
});
afterAll(async () => {
  await ingress[Symbol.asyncDispose]();
  await simulator.stop();
  await servers.stop();
});

const customer = "/api/v1/customers/:id";
/** Commands look for a moment whether they are done, and here is no identity that does them. */
const waitForIdentity = new Set<string>();
const patienceMs = 3_000;

/** A request to each route that is answered 2xx, also when it is made again. */
const oneOfEach = async (): Promise<Call[]> => {
  const campaign = {
    name: "Spring",
    channelId: channel.id,
    content: { messages: [{ type: "text", text: "hello" }] },
    audience: { type: "friends" },
  };
  const message = { to: "user:ann", channelId: channel.id, messages: campaign.content.messages };
  const make = async (path: string, body: unknown): Promise<string> =>
    (await jsonOf<{ id: string }>(callApi(ingress, ["POST", path], body))).id;
  const launched = async (): Promise<string> => {
    const id = await make("/v1/campaigns", campaign);
    await callApi(ingress, ["POST", `/v1/campaigns/${id}/launch`]);
    return id;
  };
  const profileId = await addPerson(ingress, {
    externalId: "ann",
    row: { friendOf: [channel.id] },
  });
  const ours = await make("/v1/channels", newChannel());
  const keyId = newId("key");
  await addKey(ingress, { keyId });
  const get = (route: string, path = route): Call => call(`GET ${route}`, path);
  const post = (route: string, path = route, body?: unknown): Call =>
    call(`POST ${route}`, path, body);
  const campaignPath = `/v1/campaigns/${await launched()}`;
  const draftPath = `/v1/campaigns/${await make("/v1/campaigns", { ...campaign, audience: { type: "list" } })}`;
  const list = await jsonOf<{ id: string }>(
    callApi(ingress, ["POST", `${draftPath}/audience?format=csv`], Buffer.from("ref\nuser:ann\n"), {
      headers: { "content-type": "text/csv" },
    }),
  );
  await callApi(ingress, ["POST", `${draftPath}/estimate`]);
  // Nobody counts here, and whoever asks waits for that as long.
  waitForIdentity.add("POST /v1/campaigns/:id/estimate");
  const template = { name: "Spring", messages: campaign.content.messages };
  const templatePath = `/v1/templates/${await make("/v1/templates", template)}`;
  const customerPath = "/api/v1/customers/ann";
  await addPerson(ingress, { externalId: "bob" });
  const merged = { primary: { id: "ann" }, secondary: { id: "bob" } };
  const commands = [
    post(`${customer}/suppress`, `${customerPath}/suppress`),
    post(`${customer}/unsuppress`, `${customerPath}/unsuppress`),
    call(`DELETE ${customer}`, customerPath),
    post("/api/v1/merge_customers", undefined, merged),
  ];
  const people = await peopleCalls(ingress, { profileId, channelId: channel.id });
  for (const { route, isCommand } of [...commands, ...people])
    if (isCommand !== false) waitForIdentity.add(route);
  return [
    get("/v1/channels"),
    get("/v1/channels/:id", `/v1/channels/${ours}`),
    get("/v1/channels/:id/health", `/v1/channels/${ours}/health`),
    get("/v1/channels/:id/metrics", `/v1/channels/${ours}/metrics`),
    get("/v1/channels/:id/quota", `/v1/channels/${ours}/quota`),
    post("/v1/channels/:id/credentials", `/v1/channels/${ours}/credentials`, {
      channelAccessToken: line.accessToken,
    }),
    post("/v1/identify", undefined, { userId: "ann" }),
    post("/v1/track", undefined, { userId: "ann", event: "Ordered" }),
    post("/v1/page", undefined, { userId: "ann" }),
    post("/v1/screen", undefined, { userId: "ann" }),
    post("/v1/group", undefined, { userId: "ann", groupId: "acme" }),
    post("/v1/alias", undefined, { userId: "ann", previousId: "anon-1" }),
    post("/v1/batch", undefined, { batch: [{ type: "track", userId: "ann", event: "Ordered" }] }),
    call(`PUT ${customer}`, customerPath, { plan: "gold" }),
    post(`${customer}/events`, `${customerPath}/events`, { name: "ordered" }),
    post("/api/v1/events", undefined, { name: "looked", anonymous_id: "anon-1" }),
    ...commands,
    ...people,
    post("/v1/messages", undefined, message),
    get("/v1/messages/:id", `/v1/messages/${await make("/v1/messages", message)}`),
    post("/v1/campaigns", undefined, campaign),
    get("/v1/campaigns"),
    get("/v1/campaigns/:id", campaignPath),
    get("/v1/campaigns/:id/metrics", `${campaignPath}/metrics`),
    get("/v1/campaigns/:id/recipients", `${campaignPath}/recipients`),
    call("PATCH /v1/campaigns/:id", draftPath, { name: "Summer" }),
    get("/v1/campaigns/:id/audience/:listId", `${draftPath}/audience/${list.id}`),
    post("/v1/campaigns/:id/estimate", `${draftPath}/estimate`),
    get("/v1/campaigns/:id/estimate", `${draftPath}/estimate`),
    post("/v1/campaigns/:id/test", `${campaignPath}/test`, { to: ["user:ann"] }),
    post("/v1/messages/preview", undefined, message),
    post("/v1/campaigns/:id/preview", `${campaignPath}/preview`, { to: "user:ann" }),
    post("/v1/templates", undefined, template),
    get("/v1/templates"),
    get("/v1/templates/:id", templatePath),
    get("/v1/templates/:id/versions", `${templatePath}/versions`),
    post("/v1/campaigns/:id/launch", `${campaignPath}/launch`),
    post("/v1/campaigns/:id/pause", `/v1/campaigns/${await launched()}/pause`),
    post("/v1/campaigns/:id/resume", `/v1/campaigns/${await launched()}/resume`),
    post("/v1/campaigns/:id/cancel", `/v1/campaigns/${await launched()}/cancel`),
    post("/v1/api-keys", undefined, { scopes: ["read"] }),
    get("/v1/api-keys"),
    call("DELETE /v1/api-keys/:id", `/v1/api-keys/${keyId}`),
  ];
};

const newChannel = () => ({
  channelAccessToken: line.accessToken,
  channelSecret: line.channelSecret,
  provider: "main",
});

/** What is answered 2xx only once, or needs more of LINE than there is here: asked for while MongoDB is away. */
const once = (): Call[] => [
  call("PATCH /v1/templates/:id", `/v1/templates/${newId("tmpl")}`, { version: 1, name: "Summer" }),
  call("DELETE /v1/templates/:id", `/v1/templates/${newId("tmpl")}`),
  call("POST /v1/messages/:id/cancel", `/v1/messages/${newId("msg")}/cancel`),
  ...[
    call(
      "POST /v1/campaigns/:id/audience",
      "/v1/campaigns/camp_1/audience?format=csv",
      "ref\nuser:a\n",
    ),
    call(
      "PUT /v1/campaigns/:id/audience/:listId",
      "/v1/campaigns/camp_1/audience/list_1",
      "ref\nuser:a\n",
    ),
  ].map((one) => ({ ...one, headers: { "content-type": "text/csv" } })),
  call("POST /v1/channels", "/v1/channels", newChannel()),
  call("POST /v1/channels/:id/backfills", `/v1/channels/${channel.id}/backfills`, {}),
  {
    ...call("PUT /v1/imports/:id", `/v1/imports/${newId("imp")}`, "userId\nann\n"),
    headers: { "content-type": "text/csv" },
  },
  call("POST /v1/imports/:id/cancel", `/v1/imports/${newId("imp")}/cancel`),
  call("POST /v1/channels/:id/link-tokens", `/v1/channels/${channel.id}/link-tokens`, {
    lineUserId: newLineUserId(),
  }),
  call("POST /v1/line-links/verify", "/v1/line-links/verify", {
    provider: "main",
    userId: "ann",
    idToken: "a.b.c",
  }),
];

interface Answered {
  readonly route: string;
  readonly answer: string;
  readonly retryAfter: string | null;
  readonly tookMs: number;
}

const ask = async ({ route, path, body, headers = {} }: Call, key?: string): Promise<Answered> => {
  const [method = ""] = route.split(" ");
  const startedAt = performance.now();
  const options = { headers, ...(key === undefined ? {} : { key }) };
  const res = await callApiOnce(ingress, [method, path], body, options);
  const answer = await verdict(res);
  return {
    route,
    answer,
    retryAfter: res.headers.get("retry-after"),
    tookMs: performance.now() - startedAt,
  };
};

const webhook = async (event: Record<string, unknown>) => {
  const startedAt = performance.now();
  const res = await postWebhookOnce(ingress, channel, [event]);
  const retryAfter = res.headers.get("retry-after");
  return { answer: await verdict(res), retryAfter, tookMs: performance.now() - startedAt };
};

it("asks every route there is", () => {
  expect([...calls, ...once()].map(({ route }) => route).toSorted()).toEqual(
    [...limits.keys()].toSorted(),
  );
});

/** Two ways to be away: a process that hangs keeps its connections, one that is gone takes them along. */
const away = [
  {
    how: "hangs",
    stop: async ({ pid = 0 }: LocalServer) => void process.kill(pid, "SIGSTOP"),
    start: async ({ pid = 0 }: LocalServer) => void process.kill(pid, "SIGCONT"),
  },
  {
    how: "is killed",
    stop: (server: LocalServer) => server.kill9(),
    start: (server: LocalServer) => server.restart(),
  },
];

describe.each(away)("while MongoDB $how", ({ stop, start }) => {
  it("everything is 503 in time, nothing is 2xx that is not stored, and all works again after", async () => {
    for (const { route, answer } of await Promise.all(calls.map((one) => ask(one))))
      expect([route, answer]).toEqual([route, expect.stringMatching(/^2/)]);
    const fresh = await addKey(ingress);
    const events = Array.from({ length: 30 }, () => lineEvent());
    expect((await webhook(lineEvent())).answer).toBe("200");

    await stop(servers.mongo);
    try {
      const [webhooks, waited, unknownKey] = await Promise.all([
        Promise.all(events.map(webhook)),
        Promise.all([...calls, ...once()].map((one) => ask(one))),
        ask(call("GET /v1/campaigns", "/v1/campaigns"), fresh),
      ]);
      for (const { answer, retryAfter, tookMs } of [...webhooks, await webhook(lineEvent())]) {
        expect([answer, retryAfter]).toEqual(["503 store.unavailable", "2"]);
        expect(tookMs).toBeLessThan(webhookWithinMs);
      }
      // By now it is known to be away, so that nobody waits any more.
      const again = await Promise.all([...calls, ...once()].map((one) => ask(one)));
      for (const { route, answer, retryAfter, tookMs } of [...waited, unknownKey, ...again]) {
        expect([route, answer, retryAfter]).toEqual([route, "503 store.unavailable", "2"]);
        expect(tookMs, route).toBeLessThan((limits.get(route) ?? 0) + lookupMs + slackMs);
      }
      expect(Math.max(...again.map(({ tookMs }) => tookMs))).toBeLessThan(1_000);
      expect(await status("/healthz")).toBe(200);
      expect(await status("/readyz")).toBe(503);
    } finally {
      await start(servers.mongo);
    }

    await expect.poll(() => status("/readyz"), soon).toBe(200);
    expect(await verdict(postWebhook(ingress, channel, events))).toBe("200");
    const ids = events.map(({ webhookEventId }) => webhookEventId);
    expect(await storedEvents(ingress, { eventId: { $in: ids } })).toHaveLength(events.length);
    await Promise.all(
      calls.map((one) => expect.poll(async () => (await ask(one)).answer, soon).toMatch(/^2/)),
    );
    expect(ingress.logged.join("\n")).not.toContain('"code":"internal"');
  });
});

const status = async (path: string): Promise<number> => {
  const res = await fetch(`${ingress.url}${path}`);
  await res.body?.cancel();
  return res.status;
};

describe.each(away)("while Redis $how", ({ stop, start }) => {
  it("webhooks and all routes work as ever, and no slower", async () => {
    await stop(servers.redis);
    try {
      const events = Array.from({ length: 200 }, () => lineEvent());
      const webhooks = await Promise.all(events.map(webhook));
      const asked = await Promise.all(calls.map((one) => ask(one)));
      expect(new Set(webhooks.map(({ answer }) => answer))).toEqual(new Set(["200"]));
      expect(Math.max(...webhooks.map(({ tookMs }) => tookMs))).toBeLessThan(webhookWithinMs);
      for (const { route, answer, tookMs } of asked) {
        expect([route, answer]).toEqual([route, expect.stringMatching(/^2/)]);
        const waitedMs = waitForIdentity.has(route) ? patienceMs : 0;
        expect(tookMs, route).toBeLessThan(waitedMs + webhookWithinMs);
      }
      expect(await status("/readyz")).toBe(200);
      // What waits in MongoDB is what the sweepers look for.
      const ids = events.map(({ webhookEventId }) => webhookEventId);
      const waiting = { eventId: { $in: ids }, state: "stored", nextAt: { $ne: null } };
      expect(await storedEvents(ingress, waiting)).toHaveLength(events.length);
    } finally {
      await start(servers.redis);
    }
    await expect.poll(isEnqueued, soon).toBe(true);
  });
});

/** Whether the job of one more webhook is taken. */
const isEnqueued = async (): Promise<boolean> => {
  const before = await enqueueFailures();
  await webhook(lineEvent());
  await pause(500); // more than a job may take to be refused
  return (await enqueueFailures()) === before;
};

const enqueueFailures = async (): Promise<number> => {
  const text = await metricsOf(ingress);
  return Number(/^yubin_ingress_enqueue_failures_total\{[^}]*\} (\d+)$/m.exec(text)?.[1] ?? 0);
};
