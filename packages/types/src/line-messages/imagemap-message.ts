import {
  all,
  byType,
  fields,
  integer,
  isObject,
  linkUrl,
  list,
  mediaUrl,
  optional,
  text,
  type Check,
} from "./checks.ts";
import { lineLimit, type MessageProblem } from "./message-problem.ts";

/** Source: LINE, Imagemap message. */
const max = {
  altText: 1_500,
  actions: 50,
  actionLabel: 100,
  messageText: 400,
  clipboardText: 1_000,
  externalLabel: 30,
} as const;
const baseWidth = 1_040;
const pixelsMax = 2 ** 31 - 1;

const area = fields({
  x: integer(0, pixelsMax),
  y: integer(0, pixelsMax),
  width: integer(1, pixelsMax),
  height: integer(1, pixelsMax),
});

const label = optional(text({ max: max.actionLabel }));

const action = byType({
  uri: fields({ label, linkUri: linkUrl, area }),
  message: fields({ label, text: text({ max: max.messageText }), area }),
  clipboard: fields({
    label,
    clipboardText: text({ max: max.clipboardText, least: "one" }),
    area,
  }),
});

const video = fields({
  originalContentUrl: mediaUrl,
  previewImageUrl: mediaUrl,
  area,
  externalLink: optional(fields({ linkUri: linkUrl, label: text({ max: max.externalLabel }) })),
});

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Areas are set on the base size: one that leaves it cannot be tapped. */
const areasInside: Check = (message, field) => {
  if (!isObject(message)) return undefined;
  const {
    baseSize,
    actions,
    video: film,
  } = message as unknown as {
    readonly baseSize: { readonly width: number; readonly height: number };
    readonly actions: readonly { readonly area: Area }[];
    readonly video?: { readonly area: Area } | null;
  };
  const outside = ({ x, y, width, height }: Area, at: string): MessageProblem | undefined =>
    x + width > baseSize.width || y + height > baseSize.height
      ? lineLimit(at, "the area must lie within baseSize")
      : undefined;
  for (const [index, one] of actions.entries()) {
    const problem = outside(one.area, `${field}.actions[${index}].area`);
    if (problem) return problem;
  }
  return film ? outside(film.area, `${field}.video.area`) : undefined;
};

export const imagemapMessage: Check = all(
  fields({
    baseUrl: mediaUrl,
    altText: text({ max: max.altText }),
    baseSize: fields({ width: integer(baseWidth, baseWidth), height: integer(1, pixelsMax) }),
    video: optional(video),
    actions: list({ min: 1, max: max.actions }, action),
  }),
  areasInside,
);
