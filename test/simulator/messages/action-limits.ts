import {
  characters,
  either,
  linkUrl,
  mediaUrl,
  needed,
  sizes,
  units,
  values,
  type Message,
  type MessageLimit,
} from "./message-limit.ts";

const button = (action: object): Message => ({
  type: "template",
  altText: "a",
  template: { type: "buttons", text: "a", actions: [{ label: "a", ...action }] },
});
const at = "template.actions[0]";
const postback = (fields: object): Message => button({ type: "postback", data: "d", ...fields });
const picker = (fields: object): Message =>
  button({ type: "datetimepicker", data: "d", mode: "date", ...fields });

const flexButton = (action: object): Message => ({
  type: "flex",
  altText: "a",
  contents: {
    type: "bubble",
    body: { type: "box", layout: "vertical", contents: [{ type: "button", action }] },
  },
});
const inFlex = "contents.body.contents[0].action";

const quickReply = (items: unknown): Message => ({
  type: "text",
  text: "a",
  quickReply: { items },
});
const tap = { type: "message", label: "a", text: "a" };
const reply = (action: object, item: object = {}): Message =>
  quickReply([{ type: "action", action: { ...tap, ...action }, ...item }]);
const inReply = "quickReply.items[0]";

/** A time of a mode that is taken, and one that is not. */
const time = (mode: string, good: string, bad: unknown): MessageLimit =>
  either(`${String(bad)} as ${mode}`, {
    field: `${at}.initial`,
    good,
    bad,
    build: (initial) => picker({ mode, initial }),
  });

const datesAndTimes: readonly MessageLimit[] = [
  ...values(`${at}.mode`, ["date", "time", "datetime"], (mode) => picker({ mode })),
  time("date", "1900-01-01", "1899-12-31"),
  time("date", "2100-12-31", "2101-01-01"),
  time("date", "2024-02-29", "2023-02-29"),
  time("date", "2026-01-01", "2026-1-1"),
  time("date", "2026-12-31", "2026-13-01"),
  time("date", "2026-01-01", "2026-01-01T00:00"),
  time("time", "23:59", "24:00"),
  time("time", "00:00", "0:00"),
  time("time", "10:59", "10:60"),
  time("time", "10:10", 10),
  time("datetime", "2100-12-31T23:59", "2101-01-01T00:00"),
  time("datetime", "1900-01-01t00:00", "1900-01-01 00:00"),
  time("datetime", "2026-01-01T00:00", "2026-01-01T00:00:00"),
  ...["min", "max"].map((name) =>
    either(`a ${name} of another mode`, {
      field: `${at}.${name}`,
      good: "2026-01-01",
      bad: "10:00",
      build: (value) => picker({ [name]: value }),
    }),
  ),
  either("a max after min", {
    field: `${at}.max`,
    good: "2026-01-02",
    bad: "2026-01-01",
    build: (max) => picker({ min: "2026-01-01", max }),
  }),
  either("a max after min, in either spelling", {
    field: `${at}.max`,
    good: "2026-01-01T10:01",
    bad: "2026-01-01t10:00",
    build: (max) => picker({ mode: "datetime", min: "2026-01-01T10:00", max }),
  }),
];

export const actionLimits: readonly MessageLimit[] = [
  characters(`${at}.label`, 20, (label) => button({ ...tap, label })),
  ...needed(`${at}.label`, "a", (label) => button({ ...tap, label })),
  units(`${at}.data`, 300, (data) => postback({ data })),
  either("no data, which is not the same as empty data", {
    field: `${at}.data`,
    good: "",
    bad: undefined,
    build: (data) => postback({ data }),
  }),
  ...["displayText", "text", "fillInText"].map((name) =>
    characters(`${at}.${name}`, 300, (text) => postback({ [name]: text })),
  ),
  either("displayText and text together", {
    field: `${at}.text`,
    good: undefined,
    bad: "b",
    build: (text) => postback({ displayText: "a", text }),
  }),
  ...values(
    `${at}.inputOption`,
    ["closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"],
    (inputOption) => postback({ inputOption }),
  ),
  characters(`${at}.text`, 300, (text) => button({ ...tap, text })),
  ...needed(`${at}.text`, "a", (text) => button({ ...tap, text })),
  ...linkUrl(`${at}.uri`, (uri) => button({ type: "uri", uri })),
  either("no uri", {
    field: `${at}.uri`,
    good: "https://example.com/",
    bad: undefined,
    build: (uri) => button({ type: "uri", uri }),
  }),
  ...linkUrl(`${at}.altUri.desktop`, (desktop) =>
    button({ type: "uri", uri: "https://example.com/", altUri: { desktop } }),
  ),
  units(`${at}.data`, 300, (data) => picker({ data })),
  ...datesAndTimes,
  units(`${at}.clipboardText`, 1_000, (clipboardText) =>
    button({ type: "clipboard", clipboardText }),
  ),
  ...needed(`${at}.clipboardText`, "a", (clipboardText) =>
    button({ type: "clipboard", clipboardText }),
  ),
  ...["camera", "cameraRoll", "location", "richmenuswitch", "constructor"].map((bad) =>
    either(`the action ${bad}`, {
      field: `${at}.type`,
      good: "message",
      bad,
      build: (type) => button({ ...tap, type }),
    }),
  ),

  characters(`${inFlex}.label`, 40, (label) => flexButton({ ...tap, label })),
  ...needed(`${inFlex}.label`, "a", (label) => flexButton({ ...tap, label })),

  ...sizes(
    "quickReply.items",
    { min: 1, max: 13, item: () => ({ type: "action", action: tap }) },
    quickReply,
  ),
  characters(`${inReply}.action.label`, 20, (label) => reply({ label })),
  ...needed(`${inReply}.action.label`, "a", (label) => reply({ label })),
  ...["camera", "cameraRoll", "location"].flatMap((type) => [
    characters(`${inReply}.action.label`, 20, (label) => reply({ type, label })),
    either(`${type} in a quick reply`, {
      field: `${inReply}.action.type`,
      good: type,
      bad: "richmenuswitch",
      build: (value) => reply({ type: value }),
    }),
  ]),
  ...mediaUrl(`${inReply}.imageUrl`, (imageUrl) => reply({}, { imageUrl })).slice(1),
  either("an item of another type", {
    field: `${inReply}.type`,
    good: "action",
    bad: "button",
    build: (type) => reply({}, { type }),
  }),
  either("a quick reply that is a list", {
    field: "quickReply",
    good: { items: [{ type: "action", action: tap }] },
    bad: [],
    build: (value) => ({ type: "text", text: "a", quickReply: value }),
  }),
];
