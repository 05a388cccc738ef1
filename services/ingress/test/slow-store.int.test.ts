import { setTimeout as pause } from "node:timers/promises";
import { testServers } from "@yubin/servers/testing";
import { afterEach, beforeEach, expect, it } from "vitest";

import { startMongoProxy, type MongoProxy } from "./mongo-proxy.ts";
import {
  addChannel,
  callApiOnce,
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
const answerWithinMs = 1_800;

let proxy: MongoProxy;
let ingress: TestIngress;
let channel: TestChannel;
beforeEach(async () => {
  proxy = await startMongoProxy(testServers().mongoUrl);
  ingress = await startTestIngress({ env: { MONGODB_URL: proxy.url } });
  channel = await addChannel(ingress);
  await postWebhook(ingress, channel, [lineEvent()]); // so that the channel is known
});
afterEach(async () => {
  await ingress[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
});

const timed = async (post: Promise<Response>): Promise<{ answer: string; tookMs: number }> => {
  const startedAt = performance.now();
  const answer = await verdict(post);
  return { answer, tookMs: performance.now() - startedAt };
};
const gauge = async (name: string): Promise<string | undefined> => {
  const text = await metricsOf(ingress);
  return new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, "m").exec(text)?.[1];
};

it("lets no report stand in the way of webhooks, however many are slow at once", async () => {
  proxy.hold("aggregate", 30_000);
  const report = ["GET", `/v1/channels/${channel.id}/metrics`] as const;
  const reports = Promise.all(
    Array.from({ length: 30 }, async () => {
      const res = await callApiOnce(ingress, report);
      return `${await verdict(res)}, again in ${res.headers.get("retry-after")}`;
    }),
  );
  const slow = { pending: true };
  void reports.finally(() => (slow.pending = false));
  const answers: string[] = [];
  const away: (string | undefined)[] = [];
  while (slow.pending) {
    answers.push((await timed(postWebhookOnce(ingress, channel, [lineEvent()]))).answer);
    away.push(await gauge("yubin_ingress_store_away"));
    await pause(50);
  }
  expect(new Set(await reports)).toEqual(new Set(["503 store.unavailable, again in 2"]));
  for (let after = 0; after < 20; after += 1)
    answers.push(await verdict(postWebhookOnce(ingress, channel, [lineEvent()])));
  expect(new Set(answers)).toEqual(new Set(["200"]));
  expect(new Set(away)).toEqual(new Set(["0"]));
});

it("answers in time, and never 200, while MongoDB takes five seconds for a write", async () => {
  proxy.hold("insert", 5_000);
  const events = Array.from({ length: 40 }, () => lineEvent());
  const answers: { answer: string; tookMs: number }[] = [];
  for (let from = 0; from < events.length; from += 8)
    answers.push(
      ...(await Promise.all(
        events
          .slice(from, from + 8)
          .map((event) => timed(postWebhookOnce(ingress, channel, [event]))),
      )),
    );
  expect(new Set(answers.map(({ answer }) => answer))).toEqual(new Set(["503 store.unavailable"]));
  expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(answerWithinMs);

  proxy.hold("insert", 0);
  expect(await verdict(postWebhook(ingress, channel, events))).toBe("200");
  const ids = events.map(({ webhookEventId }) => webhookEventId);
  expect(await storedEvents(ingress, { eventId: { $in: ids } })).toHaveLength(events.length);
});

it("answers in time while MongoDB takes five seconds to say whose webhook it is", async () => {
  proxy.hold("find", 5_000);
  const stranger = await addChannel(ingress);
  const { answer, tookMs } = await timed(postWebhookOnce(ingress, stranger, [lineEvent()]));
  expect(answer).toBe("503 store.unavailable");
  expect(tookMs).toBeLessThan(answerWithinMs);
});

it("answers 503 where one of many events was not stored, and the redelivery leaves no gap", async () => {
  const events = Array.from({ length: 50 }, () => lineEvent());
  const ids = events.map(({ webhookEventId }) => webhookEventId);
  proxy.failOne("insert", { index: 20, of: events.length });
  expect(await verdict(postWebhookOnce(ingress, channel, events))).toBe("503 store.unavailable");
  await ingress.store.events.deleteOne({ eventId: ids[20] as string }); // as the server has said

  expect(await verdict(postWebhookOnce(ingress, channel, events))).toBe("200");
  expect(await storedEvents(ingress, { eventId: { $in: ids } })).toHaveLength(events.length);
});
