import {
  all,
  byType,
  fields,
  isObject,
  list,
  oneOf,
  optional,
  text,
  type Check,
  type JsonObject,
} from "./checks.ts";
import { blockStyle, boxComponent, heroComponent, tapAction } from "./flex-components.ts";
import { lineLimit, tooLong } from "./message-problem.ts";

/** Source: LINE, Flex Message; sizes are taken as KiB, LINE decides about the last bytes. */
const max = {
  altText: 1_500,
  bubbleBytes: 30 * 1_024,
  carouselBytes: 50 * 1_024,
  bubbles: 12,
  animatedImages: 10,
} as const;

const atMostBytes =
  (bytesMax: number): Check =>
  (value, field) => {
    const bytes = Buffer.byteLength(JSON.stringify(value));
    return bytes > bytesMax
      ? tooLong(field, `at most ${bytesMax} bytes of JSON, given ${bytes}`)
      : undefined;
  };

const bubble: Check = all(
  fields({
    size: optional(oneOf("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")),
    direction: optional(oneOf("ltr", "rtl")),
    header: optional(boxComponent),
    hero: optional(heroComponent),
    body: optional(boxComponent),
    footer: optional(boxComponent),
    styles: optional(
      fields({
        header: optional(blockStyle),
        hero: optional(blockStyle),
        body: optional(blockStyle),
        footer: optional(blockStyle),
      }),
    ),
    action: optional(tapAction),
  }),
  atMostBytes(max.bubbleBytes),
);

const sizeOf = (value: unknown): unknown => (isObject(value) && value["size"]) ?? "mega";
const hasVideo = (value: unknown): boolean =>
  isObject(value) && isObject(value["hero"]) && value["hero"]["type"] === "video";

/** Source: LINE, Flex Message, Video. */
const videoFits: Check = (value, field) =>
  hasVideo(value) && !["kilo", "mega", "giga"].includes(String(sizeOf(value)))
    ? lineLimit(`${field}.size`, "a bubble with a video is kilo, mega or giga")
    : undefined;

const noVideo: Check = (value, field) =>
  hasVideo(value)
    ? lineLimit(`${field}.hero.type`, "a bubble in a carousel has no video")
    : undefined;

const equalSizes: Check = (value, field) => {
  const bubbles = (value as JsonObject)["contents"] as readonly unknown[];
  return new Set(bubbles.map(sizeOf)).size > 1
    ? lineLimit(`${field}.contents`, "all bubbles of a carousel must have the same size")
    : undefined;
};

const carousel: Check = all(
  fields({
    contents: list({ min: 1, max: max.bubbles }, byType({ bubble: all(bubble, noVideo) })),
  }),
  equalSizes,
  atMostBytes(max.carouselBytes),
);

/** Source: LINE, Flex Message, Image. */
const fewAnimated: Check = (value, field) => {
  const count = animatedIn(value);
  return count > max.animatedImages
    ? lineLimit(field, `at most ${max.animatedImages} animated images, given ${count}`)
    : undefined;
};

/** Depth is bounded for every message. */
const animatedIn = (node: unknown): number => {
  if (typeof node !== "object" || node === null) return 0;
  const own = isObject(node) && node["type"] === "image" && node["animated"] === true ? 1 : 0;
  return Object.values(node).reduce<number>((sum, inner) => sum + animatedIn(inner), own);
};

export const flexMessage: Check = fields({
  altText: text({ max: max.altText }),
  contents: all(byType({ bubble: all(bubble, videoFits), carousel }), fewAnimated),
});
