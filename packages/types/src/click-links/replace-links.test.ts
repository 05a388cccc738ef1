import { describe, expect, it } from "vitest";

import type { LineMessage } from "../line-messages/line-message.ts";
import { linksIn, replaceLinks } from "./replace-links.ts";

const text = (words: string): LineMessage => ({ type: "text", text: words });
const replaced = (messages: LineMessage[]): LineMessage[] =>
  replaceLinks(messages, (url) => `<${url}>`);

describe("links in texts", () => {
  it.each([
    ["see https://a.example/x.", "see <https://a.example/x>."],
    ["(https://a.example/x?y=1&z=%20)", "(<https://a.example/x?y=1&z=%20>)"],
    ["「https://a.example/sale」まで", "「<https://a.example/sale>」まで"],
    ["(詳細はhttps://a.example/sale)まで", "(詳細は<https://a.example/sale>)まで"],
    ["見てhttps://a.example/sale。", "見て<https://a.example/sale>。"],
    ["見てhttps://a.example/sale！？\nお早めに", "見て<https://a.example/sale>！？\nお早めに"],
    ["（https://a.example/sale。）まで", "（<https://a.example/sale>。）まで"],
    ["https://a.example/sale！ もう？", "<https://a.example/sale>！ もう？"],
    ["https://a.example/sale\u3000春", "<https://a.example/sale>\u3000春"],
    [
      '<https://a.example/?a=b> "https://a.example/c"',
      '<<https://a.example/?a=b>> "<https://a.example/c>"',
    ],
    ["https://a.example/、https://b.example/", "<https://a.example/>、<https://b.example/>"],
    [
      "https://a.example/{{ x }} https://a.example/?y={% if x %}",
      "https://a.example/{{ x }} https://a.example/?y={% if x %}",
    ],
    ["see https://a.example/Mercury_(planet)", "see <https://a.example/Mercury_(planet)>"],
    ["(see https://a.example/b_(c)).", "(see <https://a.example/b_(c)>)."],
    ["HTTP://A.example", "<HTTP://A.example>"],
    ["mail a@b.example, ftp://a.example, http:/x", "mail a@b.example, ftp://a.example, http:/x"],
  ])("%s", (before, after) => {
    expect(replaced([text(before)])).toEqual([text(after)]);
  });

  it.each([
    "https://a.example/商品/1?x=春",
    "https://a.example/sale?q=春&back=https://b.example/",
    "https://a.example/saleはこちら",
    "https://a.example/sale!はこちら",
    "https://a.example/wiki/「春」",
    "https://a.example/sale（春）",
    "https://a.example/sale🎉",
    "https://a.example/sale？id=1",
    "https://a.example/Yes！プリキュア5",
    "https://a.example/GW、どこ行く/",
    "https://a.example/sale。お早めに",
    "https://a。example/sale",
    "https://a.例え.jp/",
    "https://例え.jp/sale",
    "https://a.example/fonts?family=A|B",
    "https://a.example/x`y",
  ])("are left where nobody can tell where they end: %s", (words) => {
    expect(replaced([text(words)])).toEqual([text(words)]);
    expect(linksIn([text(words)])).toEqual(new Set());
  });

  it("go on being found after such a one", () => {
    const words =
      "https://a.example/春 https://b.example/\nhttps://a.example/夏\nhttps://c.example/";
    expect([...linksIn([text(words)])]).toEqual(["https://b.example/", "https://c.example/"]);
  });

  it.each([
    "https://a.example/{{ x }}&back=https://b.example/",
    '{% assign u = "https://a.example/x" %}{{ u }}',
    '{{ "https://a.example" | append: profile.traits.path }}',
    "{{ 'a }} https://a.example/x' | upcase }}",
    "{{ 'it\\'s }} https://a.example/x' }}",
    "{%- liquid\n assign u = 'https://a.example/x'\n echo u -%}",
    "{% comment %} https://a.example/x {% endcomment %}",
    '{{ x }}https://b.example/{% if x == "https://a.example/x" %}y{% endif %}',
  ])("are none where only a template reads them: %s", (words) => {
    expect(linksIn([text(words)])).toEqual(new Set());
  });

  it("of a template are those that it prints as they are", () => {
    const words = '{% if x == "%" %}https://a.example/1 {% else %}https://a.example/2 {% endif %}';
    expect([...linksIn([text(words)])]).toEqual(["https://a.example/1", "https://a.example/2"]);
  });

  it("stay where a text has emojis by their place, or would be too long", () => {
    const withEmoji = {
      type: "text",
      text: "$ https://a.example",
      emojis: [{ index: 0, productId: "5ac1bfd5040ab15980c9b435", emojiId: "001" }],
    } as LineMessage;
    const long = text(`${"x".repeat(4_982)} https://a.example`);
    expect(replaced([withEmoji, long])).toEqual([withEmoji, long]);
  });

  it("of textV2 leave its placeholders alone", () => {
    const message = (words: string) =>
      ({
        type: "textV2",
        text: words,
        substitution: { who: { type: "mention", mentionee: { type: "all" } } },
      }) as LineMessage;
    expect(replaced([message("{who} https://a.example/ https://b.example/{who}")])).toEqual([
      message("{who} <https://a.example/> https://b.example/{who}"),
    ]);
  });
});

const flex = {
  type: "flex",
  altText: "https://a.example/alt",
  contents: {
    type: "bubble",
    hero: {
      type: "image",
      url: "https://a.example/picture.png",
      action: { type: "uri", label: "x", uri: "https://a.example/hero" },
    },
    body: {
      type: "box",
      layout: "vertical",
      contents: [
        { type: "text", text: "https://a.example/words" },
        {
          type: "button",
          action: {
            type: "uri",
            label: "x",
            uri: "tel:0312345678",
            altUri: { desktop: "https://a.example/desk" },
          },
        },
      ],
    },
  },
  quickReply: {
    items: [
      { type: "action", action: { type: "uri", label: "q", uri: "https://a.example/quick" } },
    ],
  },
} as unknown as LineMessage;

const imagemap = {
  type: "imagemap",
  baseUrl: "https://a.example/map",
  altText: "x",
  baseSize: { width: 1_040, height: 1_040 },
  video: {
    originalContentUrl: "https://a.example/v.mp4",
    previewImageUrl: "https://a.example/v.jpg",
    area: { x: 0, y: 0, width: 1_040, height: 585 },
    externalLink: { linkUri: "https://a.example/after", label: "See more" },
  },
  actions: [
    { type: "uri", linkUri: "https://a.example/tap", area: { x: 0, y: 0, width: 1, height: 1 } },
  ],
} as unknown as LineMessage;

it.each([
  ".".repeat(4_990) + "a",
  "http://".repeat(710) + "{",
  ")".repeat(4_900),
  "http://a。".repeat(490),
  "。".repeat(4_900) + "a",
  "{{'".repeat(1_600),
  "{% comment %}".repeat(380),
])("no text takes long", (words) => {
  const before = process.cpuUsage(); // by the clock, a busy machine takes as long as it likes
  for (let times = 0; times < 50; times += 1) {
    replaced([text(`http://${words}`)]);
    linksIn([text(`http://${words}`)]);
  }
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(500);
});

it("a flex message that would be too large stays as it was", () => {
  const action = { type: "uri", label: "x", uri: "https://a.example/1" };
  const large = { ...flex, contents: [action, "x".repeat(29_980)] } as LineMessage;
  expect(replaceLinks([large], () => "https://b.example/".padEnd(60, "y"))).toEqual([large]);
});

it("what is tapped is one address, whatever is in it", () => {
  const tap = (uri: string) =>
    ({ ...flex, quickReply: { items: [{ action: { type: "uri", uri } }] } }) as LineMessage;
  const uri = "https://a.example/商品/1?x=春（夏）はこちら。";
  expect([...linksIn([tap(uri)])]).toContain(uri);
  expect(JSON.stringify(replaced([tap(uri)]))).toContain(`"<${uri}>"`);
});

it("what is tapped is a link wherever it stands; pictures and other words are none", () => {
  expect([...linksIn([flex, imagemap])].toSorted()).toEqual(
    ["after", "desk", "hero", "quick", "tap"].map((path) => `https://a.example/${path}`),
  );
});

it("changes nothing but the links", () => {
  const plain = (messages: LineMessage[]): unknown =>
    JSON.parse(JSON.stringify(messages).replaceAll(/[<>]/g, ""));
  expect(plain(replaced([flex, imagemap]))).toEqual([flex, imagemap]);
  expect(replaceLinks([flex, imagemap], () => undefined)).toEqual([flex, imagemap]);
});
