import {
  box,
  flex,
  bubble,
  carousel,
  inBox,
  at,
  tap,
  image,
  text,
  video,
  hero,
} from "./flex-builders.ts";
import {
  either,
  linkUrl,
  mediaUrl,
  needed,
  sizes,
  units,
  values,
  type MessageLimit,
} from "./message-limit.ts";

/** A bubble of exactly so many bytes of JSON. */
const bubbleOf = (bytes: number): object => {
  const of = (words: string) => ({
    type: "bubble",
    body: { ...box, contents: [{ type: "text", text: words }] },
  });
  return of("a".repeat(bytes - JSON.stringify(of("")).length));
};
const carouselOf = (bytes: number): object => {
  const of = (last: number) => ({
    type: "carousel",
    contents: [bubbleOf(30_000), bubbleOf(last)],
  });
  const rest = bytes - (JSON.stringify(of(20_000)).length - 20_000);
  return of(rest);
};

const containers: readonly MessageLimit[] = [
  units("altText", 1_500, (altText) => flex({ type: "bubble" }, { altText })),
  ...needed("altText", "a", (altText) => flex({ type: "bubble" }, { altText })),
  either("another container", {
    field: "contents.type",
    good: "bubble",
    bad: "box",
    build: (type) => flex({ type }),
  }),
  either("no container", {
    field: "contents",
    good: { type: "bubble" },
    bad: undefined,
    build: (contents) => flex(contents),
  }),
  either("30 KB in a bubble", {
    field: "contents",
    good: bubbleOf(30_720),
    bad: bubbleOf(30_721),
    build: (contents) => flex(contents),
  }),
  either("30 KB in a bubble of a carousel", {
    field: "contents.contents[0]",
    good: bubbleOf(30_720),
    bad: bubbleOf(30_721),
    build: (contents) => carousel([contents]),
  }),
  either("50 KB in a carousel", {
    field: "contents",
    good: carouselOf(51_200),
    bad: carouselOf(51_201),
    build: (contents) => flex(contents),
  }),
  ...sizes("contents.contents", { min: 1, max: 12, item: () => ({ type: "bubble" }) }, carousel),
  either("a carousel in a carousel", {
    field: "contents.contents[0].type",
    good: "bubble",
    bad: "carousel",
    build: (type) => carousel([{ type }]),
  }),
  either("bubbles of one size", {
    field: "contents.contents",
    good: "mega",
    bad: "kilo",
    build: (size) => carousel([{ type: "bubble" }, { type: "bubble", size }]),
  }),
  ...values("contents.size", ["nano", "micro", "deca", "hecto", "kilo", "mega", "giga"], (size) =>
    bubble({ size }),
  ),
  ...values("contents.direction", ["ltr", "rtl"], (direction) => bubble({ direction })),
  ...["header", "body", "footer"].map((block) =>
    either(`an image as ${block}`, {
      field: `contents.${block}.type`,
      good: box,
      bad: image,
      build: (value) => bubble({ [block]: value }),
    }),
  ),
  ...[box, image, video].map((good) =>
    either(`a hero that is neither ${good.type}`, {
      field: "contents.hero.type",
      good,
      bad: text,
      build: (value) => bubble({ hero: value }),
    }),
  ),
  ...["header", "hero", "body", "footer"].flatMap((block) => [
    either(`a colour of the ${block}`, {
      field: `contents.styles.${block}.backgroundColor`,
      good: "#00ffff",
      bad: "aqua",
      build: (backgroundColor) => bubble({ styles: { [block]: { backgroundColor } } }),
    }),
    either(`a separator above the ${block}`, {
      field: `contents.styles.${block}.separator`,
      good: true,
      bad: "yes",
      build: (separator) => bubble({ styles: { [block]: { separator } } }),
    }),
  ]),
  ...linkUrl("contents.action.uri", (uri) => bubble({ action: { type: "uri", uri } })),
];

const videos: readonly MessageLimit[] = [
  ...mediaUrl("contents.hero.url", (url) => hero({ url })),
  ...mediaUrl("contents.hero.previewUrl", (previewUrl) => hero({ previewUrl })),
  ...[image, box].map((good) =>
    either(`an altContent like ${good.type}`, {
      field: "contents.hero.altContent.type",
      good,
      bad: { ...video },
      build: (altContent) => hero({ altContent }),
    }),
  ),
  either("no altContent", {
    field: "contents.hero.altContent",
    good: image,
    bad: undefined,
    build: (altContent) => hero({ altContent }),
  }),
  either("another action on a video", {
    field: "contents.hero.action.type",
    good: tap,
    bad: { type: "message", label: "a", text: "a" },
    build: (action) => hero({ action }),
  }),
  ...(
    [
      ["kilo", "hecto"],
      ["mega", "nano"],
      ["giga", "micro"],
      [undefined, "deca"],
    ] as const
  ).map(([good, bad]) =>
    either(`a video in a ${bad} bubble`, {
      field: "contents.size",
      good,
      bad,
      build: (size) => bubble({ size, hero: video }),
    }),
  ),
  either("a video in a carousel", {
    field: "contents.contents[0].hero.type",
    good: image,
    bad: video,
    build: (value) => carousel([{ type: "bubble", hero: value }]),
  }),
  either("a video in a box", {
    field: `${at}.type`,
    good: image,
    bad: video,
    build: (component) => inBox(component),
  }),
];

export const flexContainerLimits = [...containers, ...videos];
