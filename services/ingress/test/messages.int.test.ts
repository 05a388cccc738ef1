import type { BatchRow, RecipientRow } from "@yubin/store";
import type { MessageView } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { newLineUserId } from "./people.ts";
import { adviceFor } from "../src/domain/unknown-advice.ts";
import {
  addChannel,
  callApi,
  jsonOf,
  named,
  startTestIngress,
  verdict,
  type TestChannel,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
let channel: TestChannel;
beforeAll(async () => {
  ingress = await startTestIngress();
  channel = await addChannel(ingress, { provider: "main" });
});
afterAll(() => ingress[Symbol.asyncDispose]());

const text = (value: unknown) => ({ type: "text", text: value });
const send = (over: Record<string, unknown> = {}): Promise<Response> =>
  callApi(ingress, ["POST", "/v1/messages"], {
    to: "user:ann",
    channelId: channel.id,
    messages: [text("hello")],
    ...over,
  });
const message = (id: string): Promise<Response> => callApi(ingress, ["GET", `/v1/messages/${id}`]);
const sent = async (over: Record<string, unknown> = {}): Promise<string> => {
  const res = await send(over);
  expect(res.status).toBe(202);
  const body = await jsonOf<{ id: string }>(res);
  expect(body).toEqual({ id: expect.stringMatching(/^msg_[0-9a-f]{32}$/) });
  return body.id;
};

describe("POST /v1/messages", () => {
  it("stores the message before it answers, and tells what became of it so far", async () => {
    const sendAt = new Date(Date.now() + 86_400_000).toISOString();
    const id = await sent({
      messages: [text("Hello {{ profile.traits.name | default: 'you' }}"), text("bye")],
      missing: "skip",
      data: { order: { id: "7", total: 12.5 } },
      campaignId: "spring",
      sendAt,
      purpose: "marketing",
      notificationDisabled: true,
    });
    const view = await jsonOf<MessageView>(message(id));
    expect(view).toEqual({
      id,
      state: "queued",
      outcome: null,
      reason: null,
      via: null,
      billed: null,
      to: { profileId: null, lineUserId: null },
      channelId: channel.id,
      campaignId: "spring",
      template: null,
      queuedAt: expect.stringMatching(/Z$/),
      sendAt,
      waitsUntil: sendAt,
      firstAttemptAt: null,
      settledAt: null,
      lineRequestId: null,
      sentMessageIds: [],
      clicks: null,
      advice: null,
      detail: null,
    } satisfies MessageView);
    const row = await ingress.store.batches.findOne({ _id: id });
    expect(row).toMatchObject({
      workspaceId: "ws_main",
      recipients: [{ ref: "user:ann" }],
      purpose: "marketing",
      sendAt: new Date(sendAt),
      nextAt: new Date(sendAt),
      content: {
        missing: "skip",
        data: { order: { id: "7", total: 12.5 } },
        notificationDisabled: true,
      },
    });
  });

  it.each([
    ["prof_00000000000000000000000000000001"],
    ["user:ann"],
    ["email:ann@example.com"],
    [`line:main:U${"c".repeat(32)}`],
  ])("takes the reference %s", async (to) => {
    expect(await verdict(send({ to }))).toBe("202");
  });

  it("takes a LINE ID with its provider", async () => {
    const lineUserId = newLineUserId();
    const id = await sent({ to: { provider: "main", lineUserId } });
    expect(await ingress.store.batches.findOne({ _id: id })).toMatchObject({
      recipients: [{ ref: `line:main:${lineUserId}` }],
    });
  });

  it("tells of a message whether it went as a free reply, and what to do where nobody knows", async () => {
    const id = await sent({ replyIfFree: true });
    const { store } = ingress;
    expect((await store.batches.findOne({ _id: id }))?.content).toMatchObject({
      replyIfFree: true,
    });
    const viewOf = async (recipient: object, more: object = {}) => {
      const recipients = [{ ref: "user:ann", firstAttemptAt: new Date(), ...recipient }];
      await store.batches.updateOne({ _id: id }, { $set: { recipients, ...more } });
      const { via, billed, advice } = await jsonOf<MessageView>(message(id));
      return { via, billed, advice };
    };
    const noAdvice = { advice: null };
    const free = { via: "reply", billed: false };
    expect(await viewOf({ outcome: "accepted", via: "reply" })).toEqual({ ...free, ...noAdvice });
    const pushed = { via: "push", billed: true, ...noAdvice };
    expect(await viewOf({ outcome: "accepted" })).toEqual(pushed);
    const unknown = { outcome: "unknown", reason: "reply_unknown", via: "reply" };
    expect(await viewOf(unknown)).toEqual({
      ...free,
      advice: expect.stringContaining("a push could be a second message") as string,
    });
    const call = { path: "0r", method: "reply", body: '{"replyToken":"t0ken"}', members: [0, 0] };
    const open = { calls: [{ ...call, firstAttemptAt: new Date() }] };
    expect(await viewOf({ firstAttemptAt: undefined }, open)).toEqual({ ...free, ...noAdvice });
    expect(await (await message(id)).text()).not.toContain("t0ken");
  });

  it("lets messages wait for a channel that is stopped", async () => {
    const stopped = await addChannel(ingress);
    await ingress.store.channels.updateOne({ _id: stopped.id }, { $set: { state: "stopped" } });
    expect(await verdict(send({ channelId: stopped.id }))).toBe("202");
  });

  it.each(
    named([
      [{ to: undefined }, "400 request_invalid to"],
      [{ to: null }, "400 type_invalid to"],
      [{ to: 5 }, "400 type_invalid to"],
      [{ to: [] }, "400 type_invalid to"],
      [{ to: "" }, "400 request_invalid to"],
      [{ to: "ann" }, "400 request_invalid to"],
      [{ to: "line:main:ann" }, "400 request_invalid to"],
      [{ to: `user:${"u".repeat(600)}` }, "422 limit_exceeded to"],
      [{ to: {} }, "400 request_invalid to.lineUserId"],
      [{ to: { $ne: null } }, "400 request_invalid to.lineUserId"],
      [{ to: { provider: "main", lineUserId: "U1" } }, "400 identifier_invalid to.lineUserId"],
      [{ to: { provider: "main", lineUserId: 5 } }, "400 type_invalid to.lineUserId"],
      [
        { to: { provider: "other", lineUserId: `U${"c".repeat(32)}` } },
        "422 provider_unknown to.provider",
      ],
      [
        { to: { provider: "main", lineUserId: `U${"c".repeat(32)}`, token: "x" } },
        "400 unknown_field to.token",
      ],
      [{ channelId: "chan_x" }, "404 not_found channelId"],
      [{ channelId: "" }, "400 request_invalid channelId"],
      [{ channelId: { $gt: "" } }, "400 type_invalid channelId"],
      [{ data: [] }, "400 type_invalid data"],
      [{ data: { "a.b": 1 } }, "400 key_invalid data"],
      [{ data: { ["k".repeat(65)]: 1 } }, `400 key_invalid data.${"k".repeat(65)}`],
      [{ data: { big: "x".repeat(4_097) } }, "422 limit_exceeded data.big"],
      [{ sendAt: "2020-01-01T00:00:00Z" }, "422 send_at_invalid sendAt"],
      [{ sendAt: "9999-01-01T00:00:00Z" }, "422 send_at_invalid sendAt"],
      [{ sendAt: "2027-01-01T00:00:00" }, "422 send_at_invalid sendAt"],
      [{ sendAt: "2027-02-30T00:00:00Z" }, "422 send_at_invalid sendAt"],
      [{ sendAt: 1_900_000_000 }, "422 send_at_invalid sendAt"],
      [{ purpose: "p".repeat(65) }, "422 limit_exceeded purpose"],
      [{ notificationDisabled: "no" }, "400 type_invalid notificationDisabled"],
      [{ missing: "never" }, "400 type_invalid missing"],
      [{ missing: null }, "400 type_invalid missing"],
      [{ retryKey: "x" }, "400 unknown_field retryKey"],
      [{ channelAccessToken: "x" }, "400 unknown_field channelAccessToken"],
      [{ host: "evil.example" }, "400 unknown_field host"],
      [{ workspaceId: "ws_b" }, "400 unknown_field workspaceId"],
    ]),
  )("refuses %s", async (_body, over, expected) => {
    expect(await verdict(send(over))).toBe(expected);
  });
});

/** What LINE or a template would refuse later; each with its code and where in `messages` it is. */
const unfit: readonly (readonly [string, unknown, string])[] = [
  ["no message", [], "422 line_limit @"],
  ["six", Array.from({ length: 6 }, () => text("x")), "422 line_limit @"],
  ["no list", text("x"), "400 type_invalid @"],
  ["null in it", [null], "400 type_invalid @[0]"],
  ["no type", [{}], "400 request_invalid @[0].type"],
  ["an unknown type", [{ type: "hologram" }], "422 message_type @[0].type"],
  ["a type of 10,000 letters", [{ type: "h".repeat(10_000) }], "422 message_type @[0].type"],
  ["a blank type", [{ type: "" }], "422 message_type @[0].type"],
  ["a type of Object's", [{ type: "toString" }], "422 message_type @[0].type"],
  ["5,001 units", [text("🍎".repeat(2_500) + "x")], "422 line_limit @[0].text"],
  ["a blank text", [text("ok"), text(" \n")], "422 line_limit @[1].text"],
  ["no text", [text(undefined)], "422 line_limit @[0].text"],
  ["a text that is none", [text({ gt: "" })], "422 line_limit @[0].text"],
  ["an open tag", [text("{{ profile.traits.name")], "422 template_syntax @[0].text"],
  ["an unknown filter", [text("{{ 1 | rot13 }}")], "422 template_syntax @[0].text"],
  ["an unknown tag", [text("{% shell 'ls' %}")], "422 template_syntax @[0].text"],
  [
    "an included file",
    [text("{% include '/etc/passwd' %}")],
    "422 template_tag_forbidden @[0].text",
  ],
  ["a rendered file", [text("{% render '../x' %}")], "422 template_tag_forbidden @[0].text"],
  ["a layout", [text("{% layout 'x' %}")], "422 template_tag_forbidden @[0].text"],
  [
    "64 KiB of template",
    [text(`{{ 1 }}${"x".repeat(65_536)}`)],
    "413 template_too_large @[0].text",
  ],
  ["a key of the database's", [{ ...text("x"), a: { $ref: 1 } }], "400 key_forbidden @[0].a"],
  ["33 levels", [{ ...text("x"), a: nested(33) }], "400 json_too_deep"],
  [
    "a wide message",
    [{ ...text("x"), a: Array.from({ length: 10_001 }, () => 1) }],
    "422 message_too_complex @[0].a[9996]",
  ],
  ...[
    ["http://example.com/a.png", "url_invalid"],
    ["javascript:alert(1)", "url_invalid"],
    ["data:image/png;base64,AA==", "url_invalid"],
    ["file:///etc/passwd", "url_invalid"],
    ["https://user:pass@example.com/a.png", "url_invalid"],
    ["https://example.com/a b", "url_invalid"],
    ["https://example.com/日", "url_invalid"],
    [`https://example.com/${"a".repeat(1_981)}`, "url_invalid"],
    ["https://127.0.0.1/a.png", "url_private"],
    ["https://0.0.0.0/a.png", "url_private"],
    ["https://10.1.2.3/a.png", "url_private"],
    ["https://[::1]/a.png", "url_private"],
    ["https://[2002:7f00:1::]/a.png", "url_private"],
    ["https://[64:ff9b::7f00:1]/a.png", "url_private"],
    ["https://2130706433/a.png", "url_private"],
    ["https://0x7f.1/a.png", "url_private"],
    ["https://[::ffff:7f00:1]/a.png", "url_private"],
    ["https://169.254.169.254/latest", "url_private"],
    ["https://１２７.0.0.1/a.png", "url_private"],
    ["https://localhost/a.png", "url_private"],
  ].map(
    ([url = "", code = ""]) =>
      [
        `an image at ${url.slice(0, 40)}`,
        [{ type: "image", originalContentUrl: url, previewImageUrl: "https://example.com/b.png" }],
        `422 ${code} @[0].originalContentUrl`,
      ] as const,
  ),
  [
    "a button to a private address",
    [flex({ type: "box", layout: "vertical", contents: [], action: tap("http://127.1/") })],
    "422 url_private @[0].contents.body.action.uri",
  ],
  [
    "a button to a script",
    [flex({ type: "box", layout: "vertical", contents: [], action: tap("javascript:alert(1)") })],
    "422 url_invalid @[0].contents.body.action.uri",
  ],
  [
    "a label of 21 characters",
    [
      {
        ...text("x"),
        quickReply: { items: [{ action: { type: "camera", label: "x".repeat(21) } }] },
      },
    ],
    "422 line_limit @[0].quickReply.items[0].action.label",
  ],
  [
    "a sender who poses as LINE",
    [{ ...text("x"), sender: { name: "LINE Pay" } }],
    "422 line_limit @[0].sender.name",
  ],
  [
    "an emoji beside its $",
    [{ ...text("🍎$"), emojis: [{ index: 1, productId: "5ac1", emojiId: "001" }] }],
    "422 line_limit @[0].emojis[0].index",
  ],
  [
    "a mention of everybody, to a person",
    [
      {
        type: "textV2",
        text: "{all}",
        substitution: { all: { type: "mention", mentionee: { type: "all" } } },
      },
    ],
    "422 line_limit @[0].substitution.all.type",
  ],
  [
    "a component where there is none",
    [flex({ type: "text", text: "x" })],
    "422 line_limit @[0].contents.body.type",
  ],
];

function flex(body: object) {
  return { type: "flex", altText: "a", contents: { type: "bubble", body } };
}

function tap(uri: string) {
  return { type: "uri", uri };
}

function nested(levels: number): unknown {
  return levels === 0 ? 1 : [nested(levels - 1)];
}

describe.each([
  ["POST /v1/messages", "messages", (messages: unknown) => send({ messages })],
  [
    "POST /v1/campaigns",
    "content.messages",
    (messages: unknown) =>
      callApi(ingress, ["POST", "/v1/campaigns"], {
        name: "Spring",
        channelId: channel.id,
        content: { messages },
        audience: { type: "friends" },
      }),
  ],
])("%s takes no content with", (_route, field, post) => {
  it.each(unfit)("%s", async (_what, messages, expected) => {
    expect(await verdict(post(messages))).toBe(expected.replace("@", field));
  });

  it("anything that cannot be sent, but takes what can", async () => {
    const body = { type: "box", layout: "vertical", contents: [] };
    const good = [
      text("{% if profile.traits.vip %}VIP{% endif %} {{ data.order.id | upcase }}"),
      {
        type: "textV2",
        text: "{smile} hi",
        substitution: { smile: { type: "emoji", productId: "5ac1", emojiId: "001" } },
      },
      { type: "sticker", packageId: "446", stickerId: "1988" },
      {
        type: "image",
        originalContentUrl: "https://example.com/{{ data.file }}",
        previewImageUrl: "https://example.com/b.png",
      },
      { type: "flex", altText: "a", contents: { type: "bubble", body } },
    ];
    expect(await verdict(post(good))).toMatch(/^20[12]$/);
  });
});

describe("GET /v1/messages/:id", () => {
  const at = new Date("2026-01-02T03:04:05.000Z");
  const change = (id: string, recipient: RecipientRow, over: Partial<BatchRow> = {}) =>
    ingress.store.batches.updateOne({ _id: id }, { $set: { recipients: [recipient], ...over } });

  it("tells until when nothing is done about it", async () => {
    const id = await sent();
    const until = async () => (await jsonOf<MessageView>(message(id))).waitsUntil;
    expect(await until()).toBeNull();
    const morning = new Date(Date.now() + 3_600_000);
    await change(id, { ref: "user:ann" }, { nextAt: morning });
    expect(await until()).toBe(morning.toISOString());
    // Somebody works on it.
    await change(id, { ref: "user:ann" }, { claim: { token: "t", until: morning } });
    expect(await until()).toBeNull();
  });

  it("tells that LINE is being asked", async () => {
    const id = await sent();
    await change(id, { ref: "user:ann", lineUserId: `U${"d".repeat(32)}`, firstAttemptAt: at });
    expect(await jsonOf(message(id))).toMatchObject({
      state: "sending",
      outcome: null,
      firstAttemptAt: at.toISOString(),
      settledAt: null,
    });
  });

  it.each([
    ["accepted", undefined, true, null],
    ["refused", "line_400", false, null],
    ["skipped", "not_following", false, null],
    ["cancelled", "operator", false, null],
    ["unknown", "retry_key_expired", null, adviceFor("retry_key_expired")],
  ] as const)("tells that it ended as %s, and why", async (outcome, reason, billed, advice) => {
    const id = await sent();
    const lineUserId = `U${"d".repeat(32)}`;
    const detail = outcome === "refused" ? "messages[0].text: May not be empty" : null;
    const recipient = {
      ref: "user:ann",
      lineUserId,
      outcome,
      firstAttemptAt: at,
      settledAt: at,
      lineRequestId: "req-1",
      messageIds: ["461230966842064897"],
      ...(reason === undefined ? {} : { reason }),
      ...(detail === null ? {} : { detail }),
    };
    await change(id, recipient, { profileId: "prof_1", state: "settled", settledAt: at });
    expect(await jsonOf(message(id))).toEqual({
      id,
      state: outcome,
      outcome,
      reason: reason ?? null,
      via: "push",
      billed,
      to: { profileId: "prof_1", lineUserId },
      channelId: channel.id,
      campaignId: null,
      template: null,
      queuedAt: expect.any(String),
      sendAt: null,
      waitsUntil: null,
      firstAttemptAt: at.toISOString(),
      settledAt: at.toISOString(),
      lineRequestId: "req-1",
      sentMessageIds: ["461230966842064897"],
      clicks: null,
      advice,
      detail,
    });
  });

  it("tells nobody's profile once the person is erased", async () => {
    const id = await sent();
    const end = { outcome: "accepted" as const, settledAt: at, firstAttemptAt: at };
    await change(id, end, { profileId: "prof_1", content: null, settledAt: at });
    expect(await jsonOf(message(id))).toMatchObject({ to: { profileId: null, lineUserId: null } });
  });

  it("knows no batch of a campaign by a message's name", async () => {
    const id = await sent();
    await ingress.store.batches.updateOne({ _id: id }, { $set: { campaignId: "camp_1" } });
    expect(await verdict(message(id))).toBe("404 not_found");
    for (const absent of ["msg_x", "camp_1%2F000001", "$ne", "%00", "m".repeat(8_000)])
      expect(await verdict(message(absent))).toBe("404 not_found");
  });
});

it("logs nothing of what is sent", async () => {
  await sent({ messages: [text("do-not-log-text")], data: { secret: "do-not-log-data" } });
  await verdict(send({ messages: [text("{{ do-not-log-template")] }));
  expect(ingress.logged.join("\n")).not.toContain("do-not-log");
});
