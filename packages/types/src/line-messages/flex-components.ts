import { action, uriAction } from "./actions.ts";
import {
  all,
  boolean,
  byType,
  fields,
  integer,
  isDeferred,
  isObject,
  isThere,
  list,
  mediaUrl,
  oneOf,
  optional,
  pattern,
  text,
  type Check,
} from "./checks.ts";
import { misfit } from "./message-problem.ts";

/** Source: LINE, Flex Message; values of a fixed set as in LINE's OpenAPI definition. */
const max = { label: 40, ratio: 100_000, heightOfWidth: 3 } as const;
const numberMax = 2 ** 31 - 1;

/** A tap on anything but a button: its label is not shown. */
export const tapAction = action({ labelMax: max.label, label: "optional" });

/** Pixels, percent or a keyword: LINE adds keywords now and then. */
const size = optional(text({}));
const flag = optional(boolean);
/** LINE says "hexadecimal color code" and no more than that, but for gradients. */
const color = optional(
  pattern(/^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i, "a hexadecimal colour code"),
);
const gradientColor = pattern(/^#([0-9a-f]{6}|[0-9a-f]{8})$/i, "a colour as #RRGGBB or #RRGGBBAA");
const flex = optional(integer(0, numberMax));
const gravity = optional(oneOf("top", "bottom", "center"));
const align = optional(oneOf("start", "end", "center"));
const adjustMode = optional(oneOf("shrink-to-fit"));

/** Where a component stands; an icon's `flex` is fixed. */
const placed = {
  margin: size,
  position: optional(oneOf("relative", "absolute")),
  offsetTop: size,
  offsetBottom: size,
  offsetStart: size,
  offsetEnd: size,
};

const aspectRatio: Check = optional((value, field, rules) => {
  if (isDeferred(value, rules)) return undefined;
  const [, width, height] =
    typeof value === "string" ? (/^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(value) ?? []) : [];
  const [w, h] = [Number(width), Number(height)];
  const inRange = w >= 1 && w <= max.ratio && h >= 1 && h <= max.ratio;
  return inRange && h <= w * max.heightOfWidth
    ? undefined
    : misfit(field, "width:height, 1 to 100000 each and at most three times as high", value);
});

export const blockStyle = fields({
  backgroundColor: color,
  separator: flag,
  separatorColor: color,
});

const button = fields({
  action: action({ labelMax: max.label, label: "required" }),
  style: optional(oneOf("primary", "secondary", "link")),
  height: optional(oneOf("sm", "md")),
  color,
  flex,
  gravity,
  adjustMode,
  scaling: flag,
  ...placed,
});

const image = fields({
  url: mediaUrl,
  size,
  aspectRatio,
  aspectMode: optional(oneOf("fit", "cover")),
  backgroundColor: color,
  animated: flag,
  action: optional(tapAction),
  flex,
  align,
  gravity,
  ...placed,
});

const icon = fields({ url: mediaUrl, size, aspectRatio, scaling: flag, ...placed });

const font = {
  size,
  color,
  weight: optional(oneOf("regular", "bold")),
  style: optional(oneOf("normal", "italic")),
  decoration: optional(oneOf("none", "underline", "line-through")),
};

const span = fields({ text: optional(text({ least: "none" })), ...font });
const spans = list({ min: 1, max: Infinity }, byType({ span }));
/** One space is a usual way to leave a line empty. */
const words = text({ least: "one" });

const textComponent = all(
  fields({
    text: optional(text({ least: "none" })),
    wrap: flag,
    lineSpacing: size,
    maxLines: optional(integer(0, numberMax)),
    action: optional(tapAction),
    flex,
    align,
    gravity,
    adjustMode,
    scaling: flag,
    ...font,
    ...placed,
  }),
  (value, field, rules) => {
    if (!isObject(value)) return undefined;
    return isThere(value["contents"])
      ? spans(value["contents"], `${field}.contents`, rules)
      : words(value["text"], `${field}.text`, rules);
  },
);

const separator = fields({ margin: size, color });
const filler = fields({ flex });

const gradient = byType({
  linearGradient: fields({
    angle: pattern(/^\d+(\.\d+)?deg$/, "an angle as 90deg"),
    startColor: gradientColor,
    endColor: gradientColor,
    centerColor: optional(gradientColor),
    centerPosition: optional(pattern(/^\d+(\.\d+)?%$/, "a position as 50%")),
  }),
});

/** What a box holds depends on its layout; a box in a box is why these look themselves up. */
const inBox: Check = (value, field, rules) => boxChildren(value, field, rules);
const inBaseline = byType({ icon, text: textComponent, filler });

const box = all(
  fields({
    layout: oneOf("horizontal", "vertical", "baseline"),
    backgroundColor: color,
    borderColor: color,
    borderWidth: size,
    cornerRadius: size,
    width: size,
    maxWidth: size,
    height: size,
    maxHeight: size,
    flex,
    spacing: size,
    paddingAll: size,
    paddingTop: size,
    paddingBottom: size,
    paddingStart: size,
    paddingEnd: size,
    justifyContent: optional(
      oneOf("center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"),
    ),
    alignItems: optional(oneOf("center", "flex-start", "flex-end")),
    background: optional(gradient),
    action: optional(tapAction),
    ...placed,
  }),
  (value, field, rules) => {
    if (!isObject(value)) return undefined;
    const child = value["layout"] === "baseline" ? inBaseline : inBox;
    return list({ min: 0, max: Infinity }, child)(value["contents"], `${field}.contents`, rules);
  },
);

const boxChildren = byType({ box, button, image, text: textComponent, separator, filler });

const video = fields({
  url: mediaUrl,
  previewUrl: mediaUrl,
  altContent: byType({ box, image }),
  aspectRatio,
  action: optional(uriAction({ labelMax: max.label, label: "optional" })),
});

/** Header, body and footer are boxes; a hero may be a picture or a video as well. */
export const boxComponent = byType({ box });
export const heroComponent = byType({ box, image, video });
