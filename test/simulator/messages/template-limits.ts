import {
  characters,
  either,
  mediaUrl,
  needed,
  picture,
  sizes,
  units,
  values,
  type Message,
  type MessageLimit,
} from "./message-limit.ts";

const tap = { type: "message", label: "a", text: "a" };
const template = (of: unknown, fields: object = {}): Message => ({
  type: "template",
  altText: "alternative",
  template: of,
  ...fields,
});
const buttons = (fields: object): Message =>
  template({ type: "buttons", text: "a", actions: [tap], ...fields });
const confirm = (fields: object): Message =>
  template({ type: "confirm", text: "a", actions: [tap, tap], ...fields });
const carousel = (fields: object): Message =>
  template({ type: "carousel", columns: [{ text: "a", actions: [tap] }], ...fields });
const column = (fields: object): Message =>
  carousel({ columns: [{ text: "a", actions: [tap], ...fields }] });
const image = { imageUrl: picture, action: tap };
const imageCarousel = (columns: unknown): Message => template({ type: "image_carousel", columns });

/** What buttons and the columns of a carousel have in common. */
const panel = (
  at: string,
  max: { readonly text: number; readonly actions: number },
  build: (fields: object) => Message,
): MessageLimit[] => [
  characters(`${at}.text`, max.text, (text) => build({ text })),
  characters(`${at}.text`, 60, (text) => build({ text, title: "title" })),
  characters(`${at}.text`, 60, (text) => build({ text, thumbnailImageUrl: picture })),
  ...needed(`${at}.text`, "a", (text) => build({ text })),
  characters(`${at}.title`, 40, (title) => build({ title })),
  ...needed(`${at}.title`, "a", (title) => build({ title })).slice(1),
  ...mediaUrl(`${at}.thumbnailImageUrl`, (url) => build({ thumbnailImageUrl: url })).slice(1),
  either(`a colour in ${at}`, {
    field: `${at}.imageBackgroundColor`,
    good: "#FFffff",
    bad: "#FFF",
    build: (imageBackgroundColor) => build({ imageBackgroundColor }),
  }),
  ...sizes(`${at}.actions`, { min: 1, max: max.actions, item: () => tap }, (actions) =>
    build({ actions }),
  ),
  characters(`${at}.defaultAction.label`, 20, (label) =>
    build({ defaultAction: { ...tap, label } }),
  ),
  either(`a type in ${at}.defaultAction`, {
    field: `${at}.defaultAction.type`,
    good: "message",
    bad: "camera",
    build: (type) => build({ defaultAction: { ...tap, type } }),
  }),
];

export const templateLimits: readonly MessageLimit[] = [
  units("altText", 1_500, (altText) => template({ ...buttons({})["template"]! }, { altText })),
  ...needed("altText", "a", (altText) => template({ ...buttons({})["template"]! }, { altText })),
  either("another template", {
    field: "template.type",
    good: "buttons",
    bad: "toString",
    build: (type) => buttons({ type }),
  }),
  either("no template", {
    field: "template",
    good: buttons({})["template"],
    bad: undefined,
    build: (of) => template(of),
  }),
  ...panel("template", { text: 160, actions: 4 }, buttons),
  ...panel("template.columns[0]", { text: 120, actions: 3 }, column),
  ...[buttons, carousel].flatMap((build) => [
    ...values("template.imageAspectRatio", ["rectangle", "square"], (imageAspectRatio) =>
      build({ imageAspectRatio }),
    ),
    ...values("template.imageSize", ["cover", "contain"], (imageSize) => build({ imageSize })),
  ]),
  characters("template.text", 240, (text) => confirm({ text })),
  ...needed("template.text", "a", (text) => confirm({ text })),
  ...sizes("template.actions", { min: 2, max: 2, item: () => tap }, (actions) =>
    confirm({ actions }),
  ),
  ...sizes(
    "template.columns",
    { min: 1, max: 10, item: () => ({ text: "a", actions: [tap] }) },
    (columns) => carousel({ columns }),
  ),
  either("columns with as many actions", {
    field: "template.columns",
    good: [tap, tap],
    bad: [tap],
    build: (actions) =>
      carousel({
        columns: [
          { text: "a", actions: [tap, tap] },
          { text: "b", actions },
        ],
      }),
  }),
  ...sizes("template.columns", { min: 1, max: 10, item: () => image }, imageCarousel),
  ...mediaUrl("template.columns[0].imageUrl", (imageUrl) =>
    imageCarousel([{ ...image, imageUrl }]),
  ),
  characters("template.columns[0].action.label", 12, (label) =>
    imageCarousel([{ ...image, action: { ...tap, label } }]),
  ),
  either("no action on an image", {
    field: "template.columns[0].action",
    good: { type: "message", text: "without a label" },
    bad: undefined,
    build: (action) => imageCarousel([{ ...image, action }]),
  }),
];
