import { testServers } from "@yubin/servers/testing";
import { messageIdFrom, sendMessage, type SendRequest } from "@yubin/types";
import { type Job, Worker } from "bullmq";
import { expect, it, onTestFinished } from "vitest";

import { createSendProducer, sendsPrefix } from "../src/index.ts";

const request: SendRequest = {
  to: "user:42",
  channelId: "chan_1",
  messages: [{ type: "text", text: "こんにちは" }],
  data: { points: 12 },
};

it("puts what a plain BullMQ worker finds under the contract's names", async () => {
  const { redisUrl, redisPrefix } = testServers();
  const producer = createSendProducer({ redisUrl, workspaceId: "ws_main", prefix: redisPrefix });
  onTestFinished(() => producer.close());
  await expect(producer.send(request, { idempotencyKey: "order-7/shipped" })).resolves.toEqual({
    id: messageIdFrom("ws_main", "order-7/shipped"),
  });

  const { promise: taken, resolve } = Promise.withResolvers<Job>();
  const worker = new Worker("sends", async (job) => resolve(job), {
    connection: { url: redisUrl, maxRetriesPerRequest: null },
    prefix: redisPrefix,
  });
  onTestFinished(() => worker.close());
  const { name, data } = await taken;
  expect(name).toBe("message.send");
  expect(data).toEqual({
    ...request,
    v: 1,
    workspaceId: "ws_main",
    idempotencyKey: "order-7/shipped",
  });
  expect(sendMessage.schema.safeParse(data).success).toBe(true);
});

it("refuses a message that does not fit before Redis sees it, and names the field", async () => {
  const { redisUrl, redisPrefix } = testServers();
  const producer = createSendProducer({ redisUrl, workspaceId: "ws_main", prefix: redisPrefix });
  onTestFinished(() => producer.close());
  const six = Array.from({ length: 6 }, () => ({ type: "text", text: "x" }));
  await expect(
    producer.send({ ...request, messages: six }, { idempotencyKey: "k" }),
  ).rejects.toMatchObject({ code: "payload_invalid", field: "messages" });
  await expect(producer.send(request, { idempotencyKey: "a key" })).rejects.toMatchObject({
    code: "payload_invalid",
    field: "idempotencyKey",
  });
});

it("fails in time when Redis is away, and closes all the same", async () => {
  const producer = createSendProducer({
    redisUrl: "redis://127.0.0.1:1",
    workspaceId: "ws_main",
    timeoutMs: 200,
  });
  await expect(producer.send(request, { idempotencyKey: "k" })).rejects.toMatchObject({
    code: "queue_unavailable",
  });
  await producer.close();
});

it("uses the prefix that Yubin's own queues have", () => {
  expect(sendsPrefix()).toBe("{yubin-sends}");
  expect(sendsPrefix("acme")).toBe("{acme-sends}");
  expect(sendsPrefix("{acme}")).toBe("{acme}");
});
