import {
  box,
  bubble,
  inBox,
  baseline,
  at,
  tap,
  image,
  icon,
  text,
  button,
} from "./flex-builders.ts";
import {
  either,
  linkUrl,
  mediaUrl,
  needed,
  values,
  type Message,
  type MessageLimit,
} from "./message-limit.ts";

const boxes: readonly MessageLimit[] = [
  ...values("contents.body.layout", ["horizontal", "vertical", "baseline"], (layout) =>
    bubble({ body: { ...box, layout } }),
  ),
  either("no contents", {
    field: "contents.body.contents",
    good: [],
    bad: undefined,
    build: (contents) => bubble({ body: { ...box, contents } }),
  }),
  ...[box, button, image, text, { type: "separator" }, { type: "filler" }].map((good) =>
    either(`beside ${good.type} in a box`, {
      field: `${at}.type`,
      good,
      bad: icon,
      build: (component) => inBox(component),
    }),
  ),
  ...[icon, text, { type: "filler" }].flatMap((good) =>
    [box, button, image, { type: "separator" }].map((bad) =>
      either(`${bad.type} beside ${good.type} in a baseline box`, {
        field: `${at}.type`,
        good,
        bad,
        build: baseline,
      }),
    ),
  ),
  ...["span", "spacer", "bubble", "toString"].map((type) =>
    either(`${type} in a box`, {
      field: `${at}.type`,
      good: text,
      bad: { ...text, type },
      build: (component) => inBox(component),
    }),
  ),
  either("a box in a box", {
    field: "contents.body.contents[0].contents[0].type",
    good: text,
    bad: icon,
    build: (component) => inBox({ ...box, contents: [component] }),
  }),
  ...values(
    "contents.body.justifyContent",
    ["center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"],
    (justifyContent) => inBox(text, { justifyContent }),
  ),
  ...values("contents.body.alignItems", ["center", "flex-start", "flex-end"], (alignItems) =>
    inBox(text, { alignItems }),
  ),
  ...(
    [
      ["angle", "23.5deg", "90"],
      ["startColor", "#FFFF00", "#FF0"],
      ["endColor", "#0080ffcc", "blue"],
      ["centerColor", "#0080ff", "#0080f"],
      ["centerPosition", "50%", "50"],
    ] as const
  ).map(([name, good, bad]) =>
    either(`a background with ${name} ${bad}`, {
      field: `contents.body.background.${name}`,
      good,
      bad,
      build: (value) => {
        const gradient = { angle: "90deg", startColor: "#FFFF00", endColor: "#0080ff" };
        const background = { type: "linearGradient", ...gradient, [name]: value };
        return inBox(text, { background });
      },
    }),
  ),
  either("another background", {
    field: "contents.body.background.type",
    good: "linearGradient",
    bad: "radialGradient",
    build: (type) => {
      const colors = { startColor: "#FFFF00", endColor: "#0080ff" };
      return inBox(text, { background: { type, angle: "0deg", ...colors } });
    },
  }),
];

/** A ratio and what is beyond it. */
const ratios = (build: (aspectRatio: unknown) => Message): MessageLimit[] =>
  (
    [
      ["1:3", "1:3.1"],
      ["100000:100000", "100001:100000"],
      ["1:1", "0:1"],
      ["1.91:1", "1.91"],
      ["20:13", "20/13"],
    ] as const
  ).map(([good, bad]) =>
    either(`a ratio of ${bad}`, { field: `${at}.aspectRatio`, good, bad, build }),
  );

const components: readonly MessageLimit[] = [
  either("a button without action", {
    field: `${at}.action`,
    good: tap,
    bad: undefined,
    build: (action) => inBox({ type: "button", action }),
  }),
  ...values(`${at}.style`, ["primary", "secondary", "link"], (style) =>
    inBox({ ...button, style }),
  ),
  ...values(`${at}.height`, ["sm", "md"], (height) => inBox({ ...button, height })),
  ...mediaUrl(`${at}.url`, (url) => inBox({ ...image, url })),
  ...mediaUrl(`${at}.url`, (url) => baseline({ ...icon, url })),
  ...ratios((aspectRatio) => inBox({ ...image, aspectRatio })),
  ...ratios((aspectRatio) => baseline({ ...icon, aspectRatio })),
  ...values(`${at}.aspectMode`, ["fit", "cover"], (aspectMode) => inBox({ ...image, aspectMode })),
  either("10 animated images", {
    field: "contents",
    good: 10,
    bad: 11,
    build: (count) => {
      const contents = Array.from({ length: Number(count) }, () => ({ ...image, animated: true }));
      return bubble({ body: { ...box, contents: [...contents, image] } });
    },
  }),
  ...needed(`${at}.text`, " ", (words) => inBox({ type: "text", text: words })),
  either("a text of no spans", {
    field: `${at}.contents`,
    good: [{ type: "span", text: "a" }],
    bad: [],
    build: (contents) => inBox({ type: "text", contents }),
  }),
  either("a text in a text", {
    field: `${at}.contents[0].type`,
    good: { type: "span" },
    bad: text,
    build: (span) => inBox({ type: "text", contents: [span] }),
  }),
  ...values(`${at}.weight`, ["regular", "bold"], (weight) => inBox({ ...text, weight })),
  ...values(`${at}.style`, ["normal", "italic"], (style) => inBox({ ...text, style })),
  ...values(`${at}.decoration`, ["none", "underline", "line-through"], (decoration) =>
    inBox({ ...text, decoration }),
  ),
  ...values(`${at}.contents[0].weight`, ["regular", "bold"], (weight) =>
    inBox({ type: "text", contents: [{ type: "span", text: "a", weight }] }),
  ),
  ...values(`${at}.align`, ["start", "end", "center"], (align) => inBox({ ...text, align })),
  ...values(`${at}.gravity`, ["top", "bottom", "center"], (gravity) => inBox({ ...text, gravity })),
  ...values(`${at}.position`, ["relative", "absolute"], (position) => inBox({ ...text, position })),
  ...values(`${at}.adjustMode`, ["shrink-to-fit"], (adjustMode) => inBox({ ...text, adjustMode })),
  ...(
    [
      ["flex", 0, -1],
      ["flex", 1, 1.5],
      ["maxLines", 0, -1],
      ["wrap", true, "true"],
      ["scaling", false, 0],
      ["color", "#0000ff", "blue"],
      ["color", "#0000ffcc", "#0000f"],
      ["margin", "md", 10],
      ["size", "20px", 20],
    ] as const
  ).map(([name, good, bad]) =>
    either(`a text with ${name} ${String(bad)}`, {
      field: `${at}.${name}`,
      good,
      bad,
      build: (value) => inBox({ ...text, [name]: value }),
    }),
  ),
  either("a separator's colour", {
    field: `${at}.color`,
    good: "#000000",
    bad: "black",
    build: (color) => inBox({ type: "separator", color }),
  }),
  ...[box, image, text].flatMap((component) =>
    linkUrl(`${at}.action.uri`, (uri) => inBox({ ...component, action: { type: "uri", uri } })),
  ),
];

export const flexComponentLimits = [...boxes, ...components];
