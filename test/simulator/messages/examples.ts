import { host, picture, type Message } from "./message-limit.ts";

const uri = {
  type: "uri",
  label: "Open",
  uri: `${host}/a?b=%E6%97%A5`,
  altUri: { desktop: `${host}/desktop` },
};
const area = { x: 0, y: 0, width: 520, height: 520 };
const actions = [
  {
    type: "postback",
    label: "Buy",
    data: "buy=1",
    displayText: "Buy",
    inputOption: "openKeyboard",
    fillInText: "Name:\nPhone:",
  },
  { type: "message", label: "Ask", text: "?" },
  {
    type: "datetimepicker",
    label: "When",
    data: "when",
    mode: "datetime",
    initial: "2026-04-01T10:00",
    min: "2026-04-01T00:00",
    max: "2026-04-30t23:59",
  },
  { type: "clipboard", label: "Copy", clipboardText: "CODE" },
];
const sender = { name: "Cony", iconUrl: `${host}/i.png` };
const quickReply = {
  items: [
    { type: "action", imageUrl: `${host}/q.png`, action: actions[0] },
    ...actions.slice(1).map((action) => ({ type: "action", action })),
    { type: "action", action: { type: "uri", label: "Shop", uri: "tel:+81312345678" } },
    { type: "action", action: { type: "camera", label: "Camera" } },
    { type: "action", action: { type: "cameraRoll", label: "Photo" } },
    { type: "action", action: { type: "location", label: "Where" } },
  ],
};
const emojiId = { productId: "5ac1bfd5040ab15980c9b435", emojiId: "001" };
const withAll = (message: Message): Message => ({ ...message, sender, quickReply });
const template = (of: object): Message =>
  withAll({ type: "template", altText: "alternative", template: of });

const image = {
  type: "image",
  url: `${host}/1.png`,
  size: "full",
  aspectRatio: "20:13",
  aspectMode: "cover",
  animated: true,
  action: uri,
};
const body = {
  type: "box",
  layout: "vertical",
  spacing: "sm",
  paddingAll: "8px",
  cornerRadius: "md",
  borderWidth: "light",
  offsetTop: "2px",
  contents: [
    {
      type: "text",
      text: "日本語",
      wrap: true,
      lineSpacing: "4px",
      weight: "bold",
      color: "#112233",
      maxLines: 2,
    },
    { type: "separator", margin: "md", color: "#000000" },
    {
      type: "text",
      contents: [{ type: "span", text: "a", decoration: "line-through" }],
      text: "a",
    },
    {
      type: "box",
      layout: "baseline",
      contents: [
        { type: "icon", url: picture, aspectRatio: "1.91:1" },
        { type: "filler" },
        { type: "text", text: "4.0", flex: 0, margin: "sm" },
      ],
    },
    {
      type: "box",
      layout: "horizontal",
      contents: [image],
      background: {
        type: "linearGradient",
        angle: "90deg",
        startColor: "#FFFF00",
        endColor: "#0080ffcc",
      },
    },
  ],
};
const bubble = {
  type: "bubble",
  size: "kilo",
  direction: "ltr",
  header: { type: "box", layout: "vertical", contents: [{ type: "text", text: " " }] },
  hero: image,
  body,
  footer: {
    type: "box",
    layout: "vertical",
    contents: [{ type: "button", style: "primary", color: "#0000ff", action: uri }],
  },
  styles: { footer: { separator: true, separatorColor: "#000000" } },
  action: uri,
};
const card = {
  type: "bubble",
  size: "micro",
  hero: { type: "image", url: picture },
  body: { type: "box", layout: "vertical", contents: [{ type: "text", text: "a" }] },
};
const video = {
  type: "video",
  url: `${host}/v.mp4`,
  previewUrl: picture,
  altContent: image,
  aspectRatio: "20:13",
  action: uri,
};

/** Each type of message with what it can have, as many to a request as LINE takes. */
export const exampleRequests: readonly (readonly Message[])[] = [
  [
    withAll({ type: "text", text: "🍎 $", emojis: [{ index: 3, ...emojiId }] }),
    withAll({
      type: "textV2",
      text: "Hi {smile}!",
      substitution: { smile: { type: "emoji", ...emojiId } },
    }),
    withAll({ type: "sticker", packageId: "446", stickerId: "1988" }),
    withAll({ type: "image", originalContentUrl: `${host}/o.jpg`, previewImageUrl: picture }),
    withAll({
      type: "video",
      originalContentUrl: `${host}/o.mp4`,
      previewImageUrl: picture,
      trackingId: "spring-1",
    }),
  ],
  [
    withAll({ type: "audio", originalContentUrl: `${host}/o.m4a`, duration: 60_000 }),
    withAll({
      type: "location",
      title: "Shop",
      address: "Tokyo",
      latitude: 35.6,
      longitude: 139.7,
    }),
    withAll({
      type: "imagemap",
      baseUrl: `${host}/map`,
      altText: "map",
      baseSize: { width: 1_040, height: 1_040 },
      video: {
        originalContentUrl: `${host}/v.mp4`,
        previewImageUrl: picture,
        area: { x: 0, y: 0, width: 1_040, height: 520 },
        externalLink: { linkUri: host, label: "See more" },
      },
      actions: [
        { type: "uri", label: "Shop", linkUri: host, area },
        { type: "message", text: "hi", area },
        { type: "clipboard", clipboardText: "CODE", area: { ...area, x: 520, y: 520 } },
      ],
    }),
    withAll({ type: "coupon", couponId: "01KX", deliveryTag: "spring_1" }),
  ],
  [
    template({
      type: "buttons",
      title: "t",
      text: "x",
      thumbnailImageUrl: `${host}/t.png`,
      imageAspectRatio: "square",
      imageSize: "contain",
      imageBackgroundColor: "#FFFFFF",
      defaultAction: uri,
      actions,
    }),
    template({ type: "confirm", text: "Sure?", actions: actions.slice(0, 2) }),
    template({
      type: "carousel",
      imageSize: "cover",
      columns: [
        { title: "a", text: "a", thumbnailImageUrl: picture, defaultAction: uri, actions: [uri] },
        { title: "b", text: "b", thumbnailImageUrl: picture, actions: [actions[0]] },
      ],
    }),
    template({ type: "image_carousel", columns: [{ imageUrl: `${host}/c.png`, action: uri }] }),
  ],
  [
    withAll({ type: "flex", altText: "one", contents: bubble }),
    withAll({
      type: "flex",
      altText: "film",
      contents: { type: "bubble", size: "giga", hero: video },
    }),
    withAll({
      type: "flex",
      altText: "many",
      contents: { type: "carousel", contents: [card, card] },
    }),
  ],
];
