import { describe, expect, it } from "vitest";
import { messageProblems } from "./message-rules.ts";

const https = "https://img.example/a.png";
const uri = { type: "uri", label: "Open", uri: "https://shop.example" };
const area = { x: 0, y: 0, width: 10, height: 10 };

const good = {
  text: { type: "text", text: "hello" },
  "text with emoji": {
    type: "text",
    text: "$ hi",
    emojis: [{ index: 0, productId: "5ac1bfd5040ab15980c9b435", emojiId: "001" }],
  },
  "a text of 5,000 UTF-16 units": { type: "text", text: "🍎".repeat(2_500) },
  textV2: {
    type: "textV2",
    text: "Hi {smile} {{x}}",
    substitution: { smile: { type: "emoji", productId: "5ac1", emojiId: "001" } },
  },
  sticker: { type: "sticker", packageId: "446", stickerId: "1988" },
  image: { type: "image", originalContentUrl: https, previewImageUrl: https },
  video: { type: "video", originalContentUrl: https, previewImageUrl: https, trackingId: "t1" },
  audio: { type: "audio", originalContentUrl: https, duration: 1_000 },
  location: { type: "location", title: "Shop", address: "Tokyo", latitude: 35.6, longitude: 139.7 },
  coupon: { type: "coupon", couponId: "01KX" },
  imagemap: {
    type: "imagemap",
    baseUrl: "https://img.example/map",
    altText: "map",
    baseSize: { width: 1_040, height: 500 },
    actions: [{ type: "uri", linkUri: "https://shop.example", area }],
  },
  buttons: {
    type: "template",
    altText: "b",
    template: { type: "buttons", text: "Pick", actions: [uri] },
  },
  confirm: {
    type: "template",
    altText: "c",
    template: { type: "confirm", text: "Sure?", actions: [uri, { ...uri, label: "No" }] },
  },
  carousel: {
    type: "template",
    altText: "c",
    template: { type: "carousel", columns: [{ text: "one", actions: [uri] }] },
  },
  flex: {
    type: "flex",
    altText: "f",
    contents: {
      type: "bubble",
      body: {
        type: "box",
        layout: "vertical",
        contents: [
          { type: "text", text: "hi" },
          { type: "button", action: uri },
        ],
      },
    },
  },
  "quick replies": {
    type: "text",
    text: "q",
    quickReply: { items: [{ type: "action", action: { type: "cameraRoll", label: "Send" } }] },
  },
  "another sender": { type: "text", text: "s", sender: { name: "Online Shop", iconUrl: https } },
};

describe("takes", () => {
  it.each(Object.entries(good))("%s", (_name, message) => {
    expect(messageProblems([message])).toEqual([]);
  });
});

const bad: Record<string, [message: unknown, property: string, words: string]> = {
  "no object": ["hello", "messages[0]", "Must be an object"],
  "an unknown type": [
    { type: "toString" },
    "messages[0].type",
    "Must be one of the following values",
  ],
  "an empty text": [{ type: "text", text: "" }, "messages[0].text", "May not be empty"],
  "no text at all": [{ type: "text" }, "messages[0].text", "May not be empty"],
  "a number for a text": [{ type: "text", text: 5 }, "messages[0].text", "Must be a string"],
  "a text of 5,001 units": [
    { type: "text", text: "🍎".repeat(2_500) + "x" },
    "messages[0].text",
    "Length must be between 0 and 5000",
  ],
  "an emoji that stands on no $": [
    { type: "text", text: "hi", emojis: [{ index: 0, productId: "p", emojiId: "e" }] },
    "messages[0].emojis[0].index",
    "Must be the index of a $",
  ],
  "a placeholder without substitution": [
    { type: "textV2", text: "Hi {name}" },
    "messages[0].text",
    "No substitution for {name}",
  ],
  "a single brace": [{ type: "textV2", text: "Hi {" }, "messages[0].text", "must be doubled"],
  "a picture by http": [
    { ...good.image, previewImageUrl: "http://img.example/a.png" },
    "messages[0].previewImageUrl",
    "Invalid URI scheme or format",
  ],
  "a place beyond the pole": [
    { ...good.location, latitude: 91 },
    "messages[0].latitude",
    "Must be a number between -90 and 90",
  ],
  "a template of an unknown type": [
    { type: "template", altText: "x", template: { type: "constructor" } },
    "messages[0].template.type",
    "Must be one of the following values",
  ],
  "five buttons": [
    {
      type: "template",
      altText: "x",
      template: { type: "buttons", text: "t", actions: [uri, uri, uri, uri, uri] },
    },
    "messages[0].template.actions",
    "Size must be between 1 and 4",
  ],
  "a button with a script for a link": [
    {
      type: "template",
      altText: "x",
      template: { type: "buttons", text: "t", actions: [{ ...uri, uri: "javascript:1" }] },
    },
    "messages[0].template.actions[0].uri",
    "Invalid URI scheme or format",
  ],
  "a label of 21 letters": [
    {
      type: "template",
      altText: "x",
      template: { type: "buttons", text: "t", actions: [{ ...uri, label: "x".repeat(21) }] },
    },
    "messages[0].template.actions[0].label",
    "Length must be between 0 and 20",
  ],
  "columns with unequal actions": [
    {
      type: "template",
      altText: "x",
      template: {
        type: "carousel",
        columns: [
          { text: "1", actions: [uri] },
          { text: "2", actions: [uri, uri] },
        ],
      },
    },
    "messages[0].template.columns",
    "Must have the same number of actions",
  ],
  "a flex component of an unknown type": [
    {
      type: "flex",
      altText: "x",
      contents: {
        type: "bubble",
        body: { type: "box", layout: "vertical", contents: [{ type: "marquee" }] },
      },
    },
    "messages[0].contents.body.contents[0].type",
    "Must be one of the following values",
  ],
  "a bubble above 30 KB": [
    {
      type: "flex",
      altText: "x",
      contents: { type: "bubble", body: { type: "text", text: "x".repeat(31_000) } },
    },
    "messages[0].contents",
    "Must be at most 30720 bytes",
  ],
  "a bubble nested beyond reason": [
    {
      type: "flex",
      altText: "x",
      contents: JSON.parse(`{"type":"bubble","styles":${"[".repeat(9_000)}${"]".repeat(9_000)}}`),
    },
    "messages[0].contents",
    "Must be at most 30720 bytes",
  ],
  "14 quick replies": [
    {
      type: "text",
      text: "q",
      quickReply: { items: Array.from({ length: 14 }, () => ({ type: "action", action: uri })) },
    },
    "messages[0].quickReply.items",
    "Size must be between 1 and 13",
  ],
  "a sender who poses as LINE": [
    { type: "text", text: "s", sender: { name: "LINE Pay" } },
    "messages[0].sender.name",
    "reserved word",
  ],
};

describe("refuses", () => {
  it.each(Object.entries(bad))("%s", (_name, [message, property, words]) => {
    expect(messageProblems([message])).toContainEqual({
      property,
      message: expect.stringContaining(words) as string,
    });
  });

  it("none, six, or something else than a list", () => {
    for (const messages of [[], Array.from({ length: 6 }, () => good.text), undefined, "x", {}]) {
      expect(messageProblems(messages)).toEqual([
        { property: "messages", message: "Size must be between 1 and 5" },
      ]);
    }
  });

  it("with every problem of every message", () => {
    const found = messageProblems([good.text, { type: "text" }, { type: "image" }]);
    expect(found.map(({ property }) => property)).toEqual([
      "messages[1].text",
      "messages[2].originalContentUrl",
      "messages[2].previewImageUrl",
    ]);
  });
});

describe("a mention", () => {
  const mention = { type: "mention", mentionee: { type: "all" } };
  const messages = [{ type: "textV2", text: "{all}", substitution: { all: mention } }];

  it("can be sent to where people can be mentioned", () => {
    expect(messageProblems(messages, { mentions: true })).toEqual([]);
  });

  it("cannot be sent to a person", () => {
    expect(messageProblems(messages)).toEqual([
      {
        property: "messages[0].substitution.all.type",
        message: "A mention needs a group chat or multi-person chat",
      },
    ]);
  });
});

it("counts what people see in labels, where LINE does", () => {
  const family = "👨‍👩‍👧";
  const template = { type: "buttons", text: "t", actions: [{ ...uri, label: family.repeat(20) }] };
  expect(messageProblems([{ type: "template", altText: "x", template }])).toEqual([]);
});
