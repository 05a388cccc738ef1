import { describe, expect, it } from "vitest";

import { checkLineMessages } from "./check-line-messages.ts";
import type { LineMessage } from "./line-message.ts";

const url = "https://example.com/a.png";
const image = (originalContentUrl: string): LineMessage[] => [
  { type: "image", originalContentUrl, previewImageUrl: url },
];
const text = (words: string): LineMessage => ({ type: "text", text: words });
const flex = (contents: unknown): LineMessage[] => [{ type: "flex", altText: "a", contents }];
const bubble = (words: string) => ({
  type: "bubble",
  body: { type: "box", layout: "vertical", contents: [{ type: "text", text: words }] },
});
const tel = { type: "uri", label: "Call", uri: "tel:+81312345678" };
const nested = (levels: number): unknown => (levels === 0 ? "x" : { a: nested(levels - 1) });

it.each<LineMessage>([
  text("hi"),
  { type: "textV2", text: "hi {{name}}", substitution: {} },
  { type: "sticker", packageId: "1", stickerId: "2" },
  { type: "image", originalContentUrl: url, previewImageUrl: url },
  { type: "video", originalContentUrl: url, previewImageUrl: url },
  { type: "audio", originalContentUrl: url, duration: 1_000 },
  { type: "location", title: "a", address: "b", latitude: 35.6, longitude: 139.7 },
  {
    type: "imagemap",
    baseUrl: "https://example.com/map",
    altText: "a",
    baseSize: { width: 1_040, height: 700 },
    actions: [{ type: "message", text: "b", area: { x: 0, y: 0, width: 1, height: 1 } }],
  },
  {
    type: "template",
    altText: "a",
    template: { type: "buttons", text: "b", actions: [tel] },
  },
  { type: "flex", altText: "a", contents: bubble("b") },
  { type: "coupon", couponId: "01" },
])("takes a message of type $type", (message) => {
  expect(checkLineMessages([message])).toBeUndefined();
});

describe("counts and lengths", () => {
  it.each([
    ["no message", [], "line_limit", "messages"],
    ["six messages", Array.from({ length: 6 }, () => text("a")), "line_limit", "messages"],
    ["a blank text", [text(" \n")], "line_limit", "messages[0].text"],
    ["no text", [{ type: "text" }], "line_limit", "messages[0].text"],
    ["5,001 units", [text("a"), text("🍎".repeat(2_500) + "a")], "line_limit", "messages[1].text"],
    ["an unknown type", [{ type: "gif" }], "message_type", "messages[0].type"],
    ["an endless type", [{ type: "g".repeat(10_000) }], "message_type", "messages[0].type"],
    ["no type at all", [{ type: "" }], "message_type", "messages[0].type"],
    ["a type of Object's", [{ type: "constructor" }], "message_type", "messages[0].type"],
    [
      "over 30 KB in a bubble",
      flex(bubble("a".repeat(30_720))),
      "line_limit",
      "messages[0].contents",
    ],
    [
      "13 bubbles",
      flex({ type: "carousel", contents: Array.from({ length: 13 }, () => bubble("a")) }),
      "line_limit",
      "messages[0].contents.contents",
    ],
    [
      "14 quick replies",
      [{ ...text("a"), quickReply: { items: Array.from({ length: 14 }, () => ({})) } }],
      "line_limit",
      "messages[0].quickReply.items",
    ],
    ["a lone surrogate", [text("a\ud800")], "unicode_invalid", "messages[0].text"],
    ["a NUL", [text("a\0")], "unicode_invalid", "messages[0].text"],
    [
      "2 MB",
      [{ ...text("a"), sender: { name: "x".repeat(2_000_000) } }],
      "request_too_large",
      "messages",
    ],
  ])("refuses %s", (_, messages, code, field) => {
    expect(checkLineMessages(messages)).toMatchObject({ code, field });
  });

  it("takes exactly 5,000 UTF-16 units", () => {
    expect(checkLineMessages([text("🍎".repeat(2_500))])).toBeUndefined();
  });

  it("refuses ten thousand levels without losing the stack", () => {
    expect(checkLineMessages(flex(nested(5_000)))?.code).toBe("message_too_complex");
    const wide = { type: "box", contents: Array.from({ length: 10_001 }, () => 1) };
    expect(checkLineMessages(flex(wide))?.code).toBe("message_too_complex");
  });

  it.each(["$ref", "$where", "_bsontype"])("refuses the key %s, which a database reads", (key) => {
    expect(checkLineMessages(flex({ type: "box", contents: [{ [key]: "Long" }] }))).toMatchObject({
      code: "key_forbidden",
      field: expect.stringMatching(/contents\[0\]$/),
    });
  });
});

describe("URLs", () => {
  it.each([
    "http://example.com/a.png",
    "javascript:alert(1)",
    "data:image/png;base64,AA==",
    "file:///etc/passwd",
    "/a.png",
    "https://user:pass@example.com/a.png",
    `https://example.com/${"a".repeat(1_981)}`,
    "https://exa\nmple.com/",
    "https:\\\\example.com/",
    "",
  ])("refuses %j in a picture", (address) => {
    expect(checkLineMessages(image(address))?.code).toMatch(/^(url_invalid|line_limit)$/);
  });

  it.each([
    "https://127.0.0.1/",
    "https://0.0.0.0/",
    "https://169.254.169.254/latest/meta-data",
    "https://10.1.2.3/",
    "https://172.31.0.1/",
    "https://192.168.1.1/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:0:7f00:1]/",
    "https://100.64.0.1/",
    "https://127.1/",
    "https://0/",
    "https://017700000001/",
    "https://%31%32%37.0.0.1/",
    "https://127。0。0。1/",
    "https://10.0.0.1./",
    "https://[2002:7f00:1::]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fd00::1]/",
    "https://[fe80::1]/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://１２７．0.0.1/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://redis:6379/",
    "https://metadata.google.internal/",
  ])("refuses the private %s", (address) => {
    expect(checkLineMessages(image(address))?.code).toBe("url_private");
  });

  it("checks links of actions at any depth, and lets them be http, line or tel", () => {
    const action = (uri: string) =>
      flex({
        ...bubble("a"),
        footer: { type: "box", layout: "vertical", contents: [], action: { type: "uri", uri } },
      });
    expect(checkLineMessages(action("line://nv/profile"))).toBeUndefined();
    expect(checkLineMessages(action("http://example.com/"))).toBeUndefined();
    expect(checkLineMessages(action("http://127.1/"))).toMatchObject({
      code: "url_private",
      field: "messages[0].contents.footer.action.uri",
    });
    expect(checkLineMessages(action("javascript:alert(1)"))?.code).toBe("url_invalid");
  });
});

describe("templates", () => {
  it("have to have a $ for each emoji in what stands before them, which nothing moves", () => {
    const at = (index: number) => {
      const emojis = [{ index, productId: "p", emojiId: "e" }];
      const messages = [{ ...text("Hi $ {{ data.words }} $"), emojis }];
      return checkLineMessages(messages, { templated: true });
    };
    expect(at(3)).toBeUndefined();
    expect(at(40)).toBeUndefined();
    expect(at(2)).toMatchObject({ code: "line_limit", field: "messages[0].emojis[0].index" });
  });

  const long = `{{ profile.displayName }}${"a".repeat(5_000)}`;
  const emoji = { productId: "{{ data.product }}", emojiId: "{{ data.emoji }}" };

  it.each<LineMessage>([
    text(long),
    ...image("{{ data.picture }}"),
    { ...text("{{ data.words }} $"), emojis: [{ index: 40, ...emoji }] },
    {
      type: "textV2",
      text: "{% if data.smile %}{smile}{% endif %}",
      substitution: { smile: { type: "emoji", ...emoji } },
    },
    { ...text("a"), sender: { name: `{{ data.from }} from LINE ${"a".repeat(20)}` } },
    {
      type: "template",
      altText: "{{ data.a }}",
      template: {
        type: "buttons",
        text: `{% if data.b %}${"b".repeat(200)}{% endif %}`,
        imageBackgroundColor: "{{ data.color }}",
        actions: [
          {
            type: "datetimepicker",
            label: `{{ data.label }}${"c".repeat(20)}`,
            data: "d",
            mode: "{{ data.mode }}",
            min: "{{ data.min }}",
            max: "2026-01-01",
          },
        ],
      },
    },
    ...flex({ ...bubble("a"), size: "{{ data.size }}" }),
  ])("leaves to the rendered result what depends on it: %#", (message) => {
    expect(checkLineMessages([message], { templated: true })).toBeUndefined();
    expect(checkLineMessages([message])).toBeDefined();
  });

  it("still checks what does not depend on it, and types", () => {
    const at = (message: LineMessage) => checkLineMessages([message], { templated: true });
    const name = { ...text("{{ a }}"), sender: { name: "x".repeat(21) } };
    expect(at(name)).toMatchObject({ code: "line_limit", field: "messages[0].sender.name" });
    const template = { type: "{{ data.type }}", text: "a" };
    expect(at({ type: "template", altText: "a", template })).toMatchObject({
      code: "line_limit",
      field: "messages[0].template.type",
    });
  });

  it("does not take what looks like a template in a rendered result", () => {
    expect(checkLineMessages([text(`{{ a }}${"a".repeat(5_000)}`)])?.code).toBe("line_limit");
    expect(checkLineMessages(image("https://127.0.0.1/{{"))?.code).toBe("url_private");
  });
});

it("tells limits and sizes, and never what was written", () => {
  const secret = "Tanaka-san ".repeat(3_000);
  const withSecret: LineMessage[] = [
    text(secret),
    { type: "textV2", text: `{${secret}}` },
    { ...text("a"), sender: { name: secret } },
    { ...text("a"), sender: { iconUrl: secret } },
    { type: "video", originalContentUrl: url, previewImageUrl: url, trackingId: secret },
    { type: "template", altText: "a", template: { type: secret } },
    { type: "location", title: "a", address: "b", latitude: secret, longitude: 0 },
  ];
  for (const message of withSecret) {
    const problem = checkLineMessages([message]);
    expect(problem?.message).toMatch(/\d|brace|substitution|spaces|one of/);
    expect(JSON.stringify(problem)).not.toContain("Tanaka");
  }
  expect(checkLineMessages([text("a".repeat(5_001))])?.message).toBe(
    "at most 5000 UTF-16 units, given 5001",
  );
});

it("reads null as nothing, as many serializers write it", () => {
  const nothing = { quickReply: null, sender: null, emojis: null, quoteToken: null };
  expect(checkLineMessages([{ ...text("a"), ...nothing }])).toBeUndefined();
});

it("lets fields pass that LINE may have added since", () => {
  const news = { flavour: { url: "http://127.0.0.1/", text: "x".repeat(6_000) } };
  expect(checkLineMessages([{ ...text("a"), ...news }])).toBeUndefined();
  expect(checkLineMessages(flex({ ...bubble("a"), ...news }))).toBeUndefined();
});

it("looks at a plain text within microseconds: every rendered recipient passes here", () => {
  const words = [text("こんにちは、Aiko さん。春が来ました。")];
  const before = process.cpuUsage();
  for (let round = 0; round < 20_000; round += 1) checkLineMessages(words);
  expect(process.cpuUsage(before).user / 20_000).toBeLessThan(20);
});

it("counts the characters of a hostile text no further than it must", () => {
  const marks = "a" + "\u0301".repeat(250_000);
  const template = (label: string) => ({
    type: "template",
    altText: "a",
    template: { type: "buttons", text: "a", actions: [{ ...tel, label }] },
  });
  const before = process.cpuUsage();
  expect(checkLineMessages([template(marks)])).toBeUndefined();
  expect(checkLineMessages([template("a".repeat(1_000_000))])?.code).toBe("line_limit");
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
});
