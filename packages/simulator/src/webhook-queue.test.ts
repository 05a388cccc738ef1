import { expect, it, vi } from "vitest";
import { createChannels } from "./channels.ts";
import { defaultDelivery } from "./delivery-options.ts";
import type { DeliveryOptions } from "./delivery-options.ts";
import { createRandom } from "./random.ts";
import type { WebhookEvent } from "./webhook-event.ts";
import type { PostResult } from "./webhook-poster.ts";
import { WebhookQueue } from "./webhook-queue.ts";

const setup = (options: {
  delivery?: Partial<DeliveryOptions>;
  redelivery?: boolean;
  seed?: number;
  status?: (request: number) => number;
}) => {
  const sent: (readonly WebhookEvent[])[] = [];
  const send = async (_: unknown, events: readonly WebhookEvent[]): Promise<PostResult> => {
    sent.push(events);
    return { outcome: "answered", status: options.status?.(sent.length) ?? 200, durationMs: 1 };
  };
  const channel = createChannels(1).add({
    webhookUrl: "http://bot.example/",
    redelivery: options.redelivery ?? false,
  });
  const queue = new WebhookQueue({
    channel,
    defaults: { ...defaultDelivery, backoffMs: 1, ...options.delivery },
    random: createRandom(options.seed ?? 1),
    send,
    progressed: () => undefined,
  });
  const settled = () => vi.waitUntil(() => queue.idle(), { timeout: 20_000 });
  return { channel, queue, sent, settled };
};

const events = (count: number): WebhookEvent[] =>
  Array.from({ length: count }, (_, n) => ({
    type: "follow",
    mode: "active",
    timestamp: n,
    webhookEventId: `e${n}`,
    deliveryContext: { isRedelivery: false },
  }));

it("keeps order and batches when nothing is disturbed", async () => {
  const { queue, sent, settled } = setup({ delivery: { batchMax: 4 } });
  queue.add(events(10));
  await settled();
  expect(sent.map((batch) => batch.length)).toEqual([4, 4, 2]);
  expect(sent.flat().map((event) => event.timestamp)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it("repeats and shuffles as the seed says, leaving no event out", async () => {
  const order = await run(1);
  expect(new Set(order).size).toBe(100);
  expect(order.length).toBeGreaterThan(200);
  expect(order.length).toBeLessThan(400);
  expect(order).not.toEqual(order.toSorted());
  expect(await run(1)).toEqual(order);
  expect(await run(2)).not.toEqual(order);
});

it("delivers again after a refusal, marked as such, and gives up after the last attempt", async () => {
  const { queue, sent, settled } = setup({
    redelivery: true,
    delivery: { attemptsMax: 3 },
    status: () => 503,
  });
  queue.add(events(1));
  await settled();
  expect(sent.flat().map((event) => event.deliveryContext.isRedelivery)).toEqual([
    false,
    true,
    true,
  ]);
  expect(queue.counts).toMatchObject({ delivered: 0, givenUp: 1, answers: { "503": 3 } });
});

it("stops delivering again once answered 2xx", async () => {
  const { queue, sent, settled } = setup({ redelivery: true, status: (n) => (n < 3 ? 500 : 204) });
  queue.add(events(1));
  await settled();
  expect(sent).toHaveLength(3);
  expect(queue.counts).toMatchObject({ delivered: 1, givenUp: 0 });
});

it("loses what was refused when redelivery is off", async () => {
  const { queue, sent, settled } = setup({ status: () => 500 });
  queue.add(events(3));
  await settled();
  expect(sent).toHaveLength(1);
  expect(queue.counts).toMatchObject({ delivered: 0, givenUp: 3 });
});

it("sends nothing while the webhook is off, and holds back while paused", async () => {
  const { channel, queue, sent, settled } = setup({});
  channel.webhookActive = false;
  queue.add(events(2));
  expect(queue.counts).toMatchObject({ unsent: 2, events: 0 });
  channel.webhookActive = true;
  queue.pause();
  queue.add(events(2));
  await new Promise((resolve) => setImmediate(resolve));
  expect(queue.idle()).toBe(false);
  expect(sent).toEqual([]);
  queue.resume();
  await settled();
  expect(queue.counts.delivered).toBe(2);
});

const run = async (seed: number): Promise<string[]> => {
  const { queue, sent, settled } = setup({ seed, delivery: { copiesMax: 5, shuffle: true } });
  queue.add(events(100));
  await settled();
  expect(queue.counts).toMatchObject({ events: 100, delivered: 100, givenUp: 0 });
  return sent.flat().map((event) => event.webhookEventId);
};
