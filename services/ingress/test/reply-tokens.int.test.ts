import { randomBytes } from "node:crypto";

import { connectStore } from "@yubin/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readLineEvent } from "../src/domain/read-line-event.ts";
import { createReplyTokens } from "../src/store/reply-tokens.ts";
import {
  addChannel,
  callApi,
  lineEvent,
  postWebhook,
  startTestIngress,
  storedEvents,
  verdict,
  type TestChannel,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
let channel: TestChannel;
let now = Date.now();
beforeAll(async () => {
  ingress = await startTestIngress({ now: () => new Date(now) });
  channel = await addChannel(ingress);
});
afterAll(() => ingress[Symbol.asyncDispose]());

const userId = (): string => `U${randomBytes(16).toString("hex")}`;
const tokensOf = (lineUserId: string) =>
  ingress.store.replyTokens.find({ _id: { $regex: `/${lineUserId}/` } }).toArray();
const post = (...events: readonly Record<string, unknown>[]): Promise<string> =>
  verdict(postWebhook(ingress, channel, events));
/** Tokens are stored a moment after the webhook is answered. */
const untilStored = (lineUserId: string, count = 1) =>
  expect.poll(async () => (await tokensOf(lineUserId)).length).toBe(count);
const from = (lineUserId: string, over: object = {}): Record<string, unknown> =>
  lineEvent({ source: { type: "user", userId: lineUserId }, timestamp: now, ...over });
const again = (event: Record<string, unknown>): Record<string, unknown> => ({
  ...event,
  deliveryContext: { isRedelivery: true },
});

describe("the token of a webhook event", () => {
  it("is stored for a minute, for whoever wrote, and nowhere else", async () => {
    const ann = userId();
    const event = from(ann, { replyToken: "told-nobody-4711" });
    expect(await post(event)).toBe("200");
    await untilStored(ann);
    expect(await tokensOf(ann)).toEqual([
      {
        _id: `${channel.id}/${ann}/${event["webhookEventId"] as string}`,
        workspaceId: channel.workspaceId,
        token: "told-nobody-4711",
        receivedAt: new Date(now),
        claimedBy: null,
        expireAt: new Date(now + 60_000),
      },
    ]);
    expect(JSON.stringify(await storedEvents(ingress))).not.toContain("told-nobody-4711");
    expect(ingress.logged.join("\n")).not.toContain("told-nobody-4711");
  });

  it("lives anew when LINE delivers it again, and not when it only comes twice", async () => {
    const ann = userId();
    const event = from(ann);
    await post(event);
    await untilStored(ann);
    const first = now;
    now += 70_000;
    await post(event);
    await post(from(ann)); // stored after it, as one write follows the other
    await untilStored(ann, 2);
    const receivedAt = async () =>
      (await tokensOf(ann)).find(({ _id }) => _id.endsWith(event["webhookEventId"] as string))
        ?.receivedAt;
    expect(await receivedAt()).toEqual(new Date(first));
    await post(again(event));
    await expect.poll(receivedAt).toEqual(new Date(now));
  });

  it("that was taken stays taken, however often LINE delivers it", async () => {
    const ann = userId();
    const event = from(ann);
    await post(event);
    await untilStored(ann);
    const set = { claimedBy: "msg_1", expireAt: new Date(now + 1_200_000) };
    await ingress.store.replyTokens.updateMany({}, { $set: set });
    const before = await tokensOf(ann);
    now += 1_000;
    await post(again(event));
    await post(from(ann));
    await untilStored(ann, 2);
    expect(await tokensOf(ann)).toEqual(expect.arrayContaining(before));
  });

  it.each<[string, object]>([
    ["in a group", { source: { type: "group", groupId: "C1", userId: userId() } }],
    ["in standby", { mode: "standby" }],
    ["without one", { replyToken: undefined }],
    ["20 minutes old, for which LINE takes none", { timestamp: now - 1_200_000 + 70_000 }],
  ])("of an event %s is not kept", async (_what, over) => {
    const before = await ingress.store.replyTokens.countDocuments();
    const ann = userId();
    expect(await post(from(userId(), over))).toBe("200");
    await post(from(ann)); // stored after it
    await untilStored(ann);
    expect(await ingress.store.replyTokens.countDocuments()).toBe(before + 1);
  });

  it("that cannot be stored is told of as lost, and nothing fails", async () => {
    const store = await connectStore({ url: ingress.config.mongoUrl });
    await store.close();
    const lost: number[] = [];
    const tokens = createReplyTokens({ store, onLost: (count) => void lost.push(count) });
    const read = readLineEvent(from(userId()), {
      workspaceId: channel.workspaceId,
      channelId: channel.id,
      receivedAt: new Date(now),
    });
    tokens.keep(read ? [read] : []);
    await tokens.settled();
    expect(lost).toEqual([1]);
  });
});

describe("replyIfFree", () => {
  const message = { to: "user:ann", messages: [{ type: "text", text: "hi" }] };
  const send = (over: object, key?: string) =>
    verdict(
      callApi(
        ingress,
        ["POST", "/v1/messages"],
        { ...message, channelId: channel.id, ...over },
        {
          headers: key === undefined ? {} : { "idempotency-key": key },
        },
      ),
    );

  it.each<[unknown, string]>([
    [true, "202"],
    [false, "202"],
    ["yes", "400 type_invalid replyIfFree"],
    [1, "400 type_invalid replyIfFree"],
    [null, "400 type_invalid replyIfFree"],
    [{ $ne: null }, "400 type_invalid replyIfFree"],
  ])("%j is answered %s", async (replyIfFree, expected) => {
    expect(await send({ replyIfFree })).toBe(expected);
  });

  it("makes another request of the same key", async () => {
    expect(await send({ replyIfFree: true }, "k")).toBe("202");
    expect(await send({ replyIfFree: true }, "k")).toBe("202");
    expect(await send({}, "k")).toBe("409 idempotency_mismatch");
  });

  it("is not for campaigns, which answer nobody", async () => {
    const campaign = { name: "c", channelId: channel.id, audience: { type: "friends" } };
    const content = { messages: message.messages };
    const make = (body: object) =>
      verdict(callApi(ingress, ["POST", "/v1/campaigns"], { ...campaign, content, ...body }));
    expect(await make({})).toBe("201");
    expect(await make({ replyIfFree: true })).toBe("400 unknown_field replyIfFree");
  });
});
