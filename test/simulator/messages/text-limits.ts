import {
  either,
  mediaUrl,
  needed,
  sizes,
  units,
  type Message,
  type MessageLimit,
} from "./message-limit.ts";

const emojiId = { productId: "5ac1bfd5040ab15980c9b435", emojiId: "001" };
const text = (fields: object): Message => ({ type: "text", text: "a", ...fields });
const emojis = (list: unknown): Message => text({ text: "$".repeat(30), emojis: list });
const emoji = (fields: object): Message => emojis([{ index: 0, ...emojiId, ...fields }]);

const textLimits: readonly MessageLimit[] = [
  units("text", 5_000, (value) => text({ text: value })),
  ...needed("text", "a", (value) => text({ text: value })),
  {
    ...either("a blank text", {
      field: "text",
      good: " a ",
      bad: " \n",
      build: (value) => text({ text: value }),
    }),
    oursAlone: true,
  },
  ...needed("quoteToken", "q3Plxr4AgKd", (value) => text({ quoteToken: value })).slice(1),
  ...sizes("emojis", { min: 0, max: 20, item: (index) => ({ index, ...emojiId }) }, emojis),
  ...needed("emojis[0].productId", "5ac1", (productId) => emoji({ productId })),
  ...needed("emojis[0].emojiId", "001", (id) => emoji({ emojiId: id })),
  ...(
    [
      [29, 30],
      [0, -1],
      [1, 1.5],
      [2, "2"],
      [3, undefined],
    ] as const
  ).map(([good, bad]) =>
    either(`an emoji at ${String(bad)}`, {
      field: "emojis[0].index",
      good,
      bad,
      build: (index) => emoji({ index }),
    }),
  ),
  either("the place of a $ in UTF-16 units", {
    field: "emojis[0].index",
    good: 2,
    bad: 1,
    build: (index) => text({ text: "🍎$", emojis: [{ index, ...emojiId }] }),
  }),
];

const v2 = (words: unknown, substitution?: unknown): Message => ({
  type: "textV2",
  text: words,
  ...(substitution === undefined ? {} : { substitution }),
});
const smile = { type: "emoji", ...emojiId };
const user = { type: "mention", mentionee: { type: "user", userId: `U${"a".repeat(32)}` } };
const everyone = { type: "mention", mentionee: { type: "all" } };
const times = (key: string, count: number): string => `{${key}}`.repeat(count);
const keys = (count: number): Record<string, object> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, smile]));
const one = (substitution: unknown): Message => v2("{a}", { a: substitution });

const textV2Limits: readonly MessageLimit[] = [
  units("text", 5_000, (value) => v2(value)),
  ...needed("text", "a", (value) => v2(value)),
  either("100 substitutions", {
    field: "substitution",
    good: keys(100),
    bad: keys(101),
    build: (value) => v2("a", value),
  }),
  either("20 emoji", {
    field: "text",
    good: times("a", 20),
    bad: times("a", 21),
    build: (value) => v2(value, { a: smile }),
  }),
  either("20 mentions", {
    field: "text",
    good: times("a", 20),
    bad: times("a", 21),
    build: (value) => v2(value, { a: user }),
  }),
  ...(
    [
      ["k".repeat(20), "k".repeat(21)],
      ["Az_09", "a-b"],
      ["a", ""],
    ] as const
  ).map(([good, bad]) =>
    either(`a key like ${bad}`, {
      field: "substitution",
      good,
      bad,
      build: (key) => v2("a", { [String(key)]: smile }),
    }),
  ),
  ...(
    [
      ["{a} b", "{b} b"],
      ["{{b}}", "{b}"],
      ["a {{", "a {"],
      ["a }}", "a }"],
      ["{{{a}}}", "{{a}"],
      ["{a}", "{}"],
      ["{a}}}", "{a}}"],
      ["{a}", "{toString}"],
    ] as const
  ).map(([good, bad]) =>
    either(`a text like ${bad}`, {
      field: "text",
      good,
      bad,
      build: (value) => v2(value, { a: smile }),
    }),
  ),
  either("a substitution of another type", {
    field: "substitution.a.type",
    good: smile,
    bad: { ...smile, type: "sticker" },
    build: one,
  }),
  ...needed("substitution.a.productId", "5ac1", (productId) => one({ ...smile, productId })),
  ...needed("substitution.a.emojiId", "001", (id) => one({ ...smile, emojiId: id })),
  either("a mention of another type", {
    field: "substitution.a.mentionee.type",
    good: everyone,
    bad: { type: "mention", mentionee: { type: "admins" } },
    build: one,
  }),
  ...needed("substitution.a.mentionee.userId", "U1", (userId) =>
    one({ type: "mention", mentionee: { type: "user", userId } }),
  ),
];

const from = (sender: unknown): Message => text({ sender });

const senderLimits: readonly MessageLimit[] = [
  units("sender.name", 20, (name) => from({ name })),
  ...["LINE", "line", "LINE Pay", "公式 LINE"].map((bad) =>
    either(`a sender named ${bad}`, {
      field: "sender.name",
      good: "Online Shop",
      bad,
      build: (name) => from({ name }),
    }),
  ),
  ...mediaUrl("sender.iconUrl", (iconUrl) => from({ iconUrl })).slice(1),
  either("a sender that is a text", {
    field: "sender",
    good: {},
    bad: "Cony",
    build: from,
  }),
];

export const textMessageLimits = [...textLimits, ...textV2Limits, ...senderLimits];
