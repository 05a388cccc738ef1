import {
  either,
  linkUrl,
  mediaUrl,
  needed,
  picture,
  sizes,
  units,
  type Message,
  type MessageLimit,
} from "./message-limit.ts";

const area = { x: 0, y: 0, width: 520, height: 700 };
const tap = { type: "message", text: "hi", area };
const imagemap = (fields: object): Message => ({
  type: "imagemap",
  baseUrl: "https://example.com/map",
  altText: "map",
  baseSize: { width: 1_040, height: 700 },
  actions: [tap],
  ...fields,
});
const action = (fields: object): Message => imagemap({ actions: [{ area, ...fields }] });
const message = (fields: object): Message => action({ type: "message", text: "hi", ...fields });
const video = (fields: object): Message =>
  imagemap({
    video: { originalContentUrl: picture, previewImageUrl: picture, area, ...fields },
  });
const link = (fields: object): Message =>
  video({ externalLink: { linkUri: "https://example.com/", label: "More", ...fields } });

/** Areas at an edge of the base size, and beyond it. */
const areas = (field: string, build: (area: unknown) => Message): MessageLimit[] => [
  ...(
    [
      ["too wide", { ...area, x: 520 }, { ...area, x: 521 }],
      ["too high", { ...area, y: 1, height: 699 }, { ...area, y: 1 }],
    ] as const
  ).map(([what, good, bad]) => either(`${what} in ${field}`, { field, good, bad, build })),
  ...(
    [
      ["x", 0, -1],
      ["y", 0, -1],
      ["width", 1, 0],
      ["height", 1, 0],
      ["x", 1, 1.5],
      ["width", 1, "1"],
      ["height", 1, undefined],
    ] as const
  ).map(([name, good, bad]) =>
    either(`${name} of ${String(bad)} in ${field}`, {
      field: `${field}.${name}`,
      good,
      bad,
      build: (value) => build({ ...area, [name]: value }),
    }),
  ),
];

export const imagemapLimits: readonly MessageLimit[] = [
  ...mediaUrl("baseUrl", (baseUrl) => imagemap({ baseUrl })),
  units("altText", 1_500, (altText) => imagemap({ altText })),
  ...needed("altText", "a", (altText) => imagemap({ altText })),
  ...(
    [
      ["width", 1_040, 1_039],
      ["width", 1_040, 1_041],
      ["height", 700, 0],
      ["height", 700, 700.5],
    ] as const
  ).map(([name, good, bad]) =>
    either(`a base ${name} of ${bad}`, {
      field: `baseSize.${name}`,
      good,
      bad,
      build: (value) => imagemap({ baseSize: { width: 1_040, height: 700, [name]: value } }),
    }),
  ),
  either("no base size", {
    field: "baseSize",
    good: { width: 1_040, height: 700 },
    bad: undefined,
    build: (baseSize) => imagemap({ baseSize }),
  }),
  ...sizes("actions", { min: 1, max: 50, item: () => tap }, (actions) => imagemap({ actions })),
  either("another action", {
    field: "actions[0].type",
    good: "message",
    bad: "postback",
    build: (type) => message({ type }),
  }),
  units("actions[0].label", 100, (label) => message({ label })),
  units("actions[0].text", 400, (text) => message({ text })),
  ...needed("actions[0].text", "a", (text) => message({ text })),
  units("actions[0].clipboardText", 1_000, (clipboardText) =>
    action({ type: "clipboard", clipboardText }),
  ),
  ...needed("actions[0].clipboardText", "a", (clipboardText) =>
    action({ type: "clipboard", clipboardText }),
  ),
  ...linkUrl("actions[0].linkUri", (linkUri) => action({ type: "uri", linkUri })),
  ...areas("actions[0].area", (value) => message({ area: value })),
  either("no area", {
    field: "actions[0].area",
    good: area,
    bad: undefined,
    build: (value) => message({ area: value }),
  }),
  ...mediaUrl("video.originalContentUrl", (url) => video({ originalContentUrl: url })),
  ...mediaUrl("video.previewImageUrl", (url) => video({ previewImageUrl: url })),
  ...areas("video.area", (value) => video({ area: value })),
  either("no area of the video", {
    field: "video.area",
    good: area,
    bad: undefined,
    build: (value) => video({ area: value }),
  }),
  ...linkUrl("video.externalLink.linkUri", (linkUri) => link({ linkUri })),
  units("video.externalLink.label", 30, (label) => link({ label })),
  ...needed("video.externalLink.label", "a", (label) => link({ label })),
];
