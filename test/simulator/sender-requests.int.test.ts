import { describe, expect, it } from "vitest";

import { campaignMetrics } from "../chaos/recount.ts";
import { provider, startWorld, type World } from "../chaos/world.ts";
import { until } from "../stack/until.ts";
import { readLineOpenapi, type LineRequest } from "./line-openapi.ts";

const api = readLineOpenapi("messaging-api");
const host = "https://example.com";
const uri = { type: "uri", label: "Open", uri: `${host}/a?b=%E6%97%A5` };
const area = { x: 0, y: 0, width: 520, height: 520 };
const bubble = {
  type: "bubble",
  size: "kilo",
  hero: { type: "image", url: `${host}/1.png`, action: uri },
  body: {
    type: "box",
    layout: "vertical",
    contents: [
      { type: "text", text: "日本語", wrap: true, weight: "bold" },
      { type: "separator", margin: "md" },
      { type: "text", contents: [{ type: "span", text: "a" }], text: "a" },
    ],
  },
  footer: { type: "box", layout: "vertical", contents: [{ type: "button", action: uri }] },
};
const template = (of: object) => ({ type: "template", altText: "alternative", template: of });
const actions = [
  { type: "postback", label: "Buy", data: "buy=1", displayText: "Buy" },
  { type: "message", label: "Ask", text: "?" },
  { type: "datetimepicker", label: "When", data: "when", mode: "datetime" },
  { type: "clipboard", label: "Copy", clipboardText: "CODE" },
];

/** Every kind of message that can be sent, as many to a request as LINE takes. */
const contents: readonly (readonly object[])[] = [
  [
    { type: "text", text: "🍎 $", emojis: [{ index: 3, productId: "5ac1", emojiId: "001" }] },
    {
      type: "textV2",
      text: "Hi {smile}",
      substitution: { smile: { type: "emoji", productId: "5ac1", emojiId: "002" } },
    },
    { type: "sticker", packageId: "446", stickerId: "1988" },
    { type: "image", originalContentUrl: `${host}/o.jpg`, previewImageUrl: `${host}/p.jpg` },
    {
      type: "video",
      originalContentUrl: `${host}/o.mp4`,
      previewImageUrl: `${host}/p.jpg`,
      trackingId: "t1",
    },
  ],
  [
    { type: "audio", originalContentUrl: `${host}/o.m4a`, duration: 60_000 },
    { type: "location", title: "Shop", address: "Tokyo", latitude: 35.6, longitude: 139.7 },
    {
      type: "imagemap",
      baseUrl: `${host}/map`,
      altText: "map",
      baseSize: { width: 1_040, height: 1_040 },
      actions: [
        { type: "uri", linkUri: host, area },
        { type: "message", text: "hi", area },
      ],
    },
    { type: "coupon", couponId: "c1" },
    {
      type: "text",
      text: "choose",
      sender: { name: "Cony", iconUrl: `${host}/i.png` },
      quickReply: {
        items: [
          { type: "action", imageUrl: `${host}/q.png`, action: actions[0] },
          { type: "action", action: { type: "cameraRoll", label: "Photo" } },
          { type: "action", action: { type: "location", label: "Where" } },
        ],
      },
    },
  ],
  [
    template({
      type: "buttons",
      title: "t",
      text: "x",
      thumbnailImageUrl: `${host}/t.png`,
      actions,
    }),
    template({ type: "confirm", text: "Sure?", actions: actions.slice(0, 2) }),
    template({
      type: "carousel",
      columns: [
        { text: "a", actions: [uri] },
        { text: "b", actions: [uri] },
      ],
    }),
    template({ type: "image_carousel", columns: [{ imageUrl: `${host}/c.png`, action: uri }] }),
  ],
  [
    { type: "flex", altText: "one", contents: bubble },
    { type: "flex", altText: "many", contents: { type: "carousel", contents: [bubble, bubble] } },
  ],
];
const personal = { type: "text", text: "For {{ profile.displayName }} — {{ campaign.name }}" };

const send = async (world: World, messages: readonly object[], quiet: boolean): Promise<void> => {
  const { id } = await world.api.post<{ id: string }>("/v1/campaigns", {
    name: "all kinds",
    channelId: world.channelId,
    audience: { type: "friends" },
    content: { messages, ...(quiet ? { notificationDisabled: true } : {}) },
  });
  await world.api.post(`/v1/campaigns/${id}/launch`);
  await until(async () => (await campaignMetrics(world, id)).state === "done" || undefined, {
    what: "the campaign to be done",
  });
};

const sendAlone = async (world: World, to: object, messages: readonly object[]): Promise<void> => {
  const { id } = await world.api.post<{ id: string }>("/v1/messages", {
    to,
    channelId: world.channelId,
    messages,
  });
  await until(
    async () =>
      (await world.api.get<{ outcome: string | null }>(`/v1/messages/${id}`)).outcome ?? undefined,
    { what: "the message to be sent" },
  );
};

const requestsOf = ({ simulator }: World): LineRequest[] =>
  simulator.ledger.requests().map((request) => ({ ...request, method: "post" }));

describe("what the sender asks of LINE", { timeout: 600_000 }, () => {
  it("is as LINE's definition has it, for every kind of message", async () => {
    await using world = await startWorld({ seed: 1, simulator: { keepBodies: true } });
    const people = world.simulator.addPeople({ provider, count: 3 });
    world.simulator.follow(world.line.channelId, people);
    await until(
      async () =>
        (await world.store.profiles.countDocuments({ friendOf: world.channelId })) === 3 ||
        undefined,
      { what: "three friends in profiles" },
    );
    for (const [index, messages] of contents.entries()) {
      await send(world, messages, index % 2 === 0);
      await send(world, [personal, ...messages.slice(0, 4)], index % 2 === 1);
      await sendAlone(world, { provider, lineUserId: people[0] }, messages);
    }

    const requests = requestsOf(world);
    const { endpoints } = world.simulator.ledger.summary();
    expect(endpoints.multicast?.answers).toEqual({ 200: contents.length });
    expect(endpoints.push?.answers).toEqual({ 200: contents.length * 4 });
    expect(requests).toHaveLength(contents.length * 5);
    for (const request of requests) {
      expect(api.requestProblems(request)).toEqual([]);
      expect(request.headers["x-line-retry-key"]).toBeDefined();
    }
    const sent = requests.flatMap(
      ({ body }) => (body as { messages: { type: string }[] }).messages,
    );
    expect(new Set(sent.map(({ type }) => type))).toEqual(
      new Set(contents.flat().map((message) => (message as { type: string }).type)),
    );
  });

  it("would not pass if it were otherwise", () => {
    const to = `U${"0".repeat(32)}`;
    const good: LineRequest = {
      method: "post",
      path: "/v2/bot/message/push",
      headers: {
        "content-type": "application/json; charset=utf-8",
        "x-line-retry-key": crypto.randomUUID(),
      },
      body: { to, messages: [{ type: "text", text: "hi" }], notificationDisabled: true },
    };
    expect(api.requestProblems(good)).toEqual([]);
    const wrong: readonly [Partial<LineRequest>, string][] = [
      [{ path: "/v2/bot/message/pushes" }, "LINE has no post /v2/bot/message/pushes"],
      [{ method: "get" }, "LINE has no get /v2/bot/message/push"],
      [{ headers: { "content-type": "text/plain" } }, "LINE takes no text/plain here"],
      [
        { headers: { ...good.headers, "x-line-retry-key": "mine" } },
        'X-Line-Retry-Key / must match format "uuid"',
      ],
      [
        { body: { messages: [{ type: "text", text: "hi" }] } },
        "/ must have required property 'to'",
      ],
      [{ body: { to, messages: [] } }, "/messages must NOT have fewer than 1 items"],
      [{ body: { to: [to], messages: [personal] } }, "/to must be string"],
      [
        { body: { to, messages: [personal], retryKey: "x" } },
        "/retryKey is no field of PushMessageRequest",
      ],
      [
        { body: { to, messages: [{ type: "image" }] } },
        "/messages/0 must have required property 'originalContentUrl'",
      ],
    ];
    for (const [change, problem] of wrong)
      expect(api.requestProblems({ ...good, ...change })).toContain(problem);
  });
});
