import { describe, expect, it } from "vitest";

import { checkLineMessages } from "./line-message-rules.ts";
import type { LineMessage } from "./line-messages.ts";

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
const nested = (levels: number): unknown => (levels === 0 ? "x" : { a: nested(levels - 1) });

it.each<LineMessage>([
  text("hi"),
  { type: "textV2", text: "hi {name}", substitution: {} },
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
    actions: [{ type: "uri", linkUri: "https://example.com/" }],
  },
  {
    type: "template",
    altText: "a",
    template: { type: "confirm", text: "b", actions: [{ type: "uri", uri: "tel:+81312345678" }] },
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
      "messages[0].quickReply",
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
      flex({ ...bubble("a"), footer: { action: { type: "uri", uri } } });
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
  it("leaves to the rendered result what depends on it", () => {
    const long = `{{ profile.displayName }}${"a".repeat(5_000)}`;
    const picture = "{{ data.picture }}";
    expect(checkLineMessages([text(long), ...image(picture)], { templated: true })).toBeUndefined();
  });

  it("does not take what looks like a template in a rendered result", () => {
    expect(checkLineMessages([text(`{{ a }}${"a".repeat(5_000)}`)])?.code).toBe("line_limit");
    expect(checkLineMessages(image("https://127.0.0.1/{{"))?.code).toBe("url_private");
  });
});
