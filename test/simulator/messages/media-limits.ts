import {
  either,
  mediaUrl,
  needed,
  picture,
  units,
  type Message,
  type MessageLimit,
} from "./message-limit.ts";

const sticker = (fields: object): Message => ({
  type: "sticker",
  packageId: "446",
  stickerId: "1988",
  ...fields,
});
const urls = { originalContentUrl: picture, previewImageUrl: picture };
const image = (fields: object): Message => ({ type: "image", ...urls, ...fields });
const video = (fields: object): Message => ({ type: "video", ...urls, ...fields });
const audio = (fields: object): Message => ({
  type: "audio",
  originalContentUrl: picture,
  duration: 60_000,
  ...fields,
});
const location = (fields: object): Message => ({
  type: "location",
  title: "Shop",
  address: "Tokyo",
  latitude: 35.6,
  longitude: 139.7,
  ...fields,
});
const coupon = (fields: object): Message => ({ type: "coupon", couponId: "01KX", ...fields });

const numbers = (
  field: string,
  pairs: readonly (readonly [good: unknown, bad: unknown])[],
  build: (value: unknown) => Message,
): MessageLimit[] =>
  pairs.map(([good, bad]) => either(`${field} of ${String(bad)}`, { field, good, bad, build }));

export const mediaMessageLimits: readonly MessageLimit[] = [
  ...needed("packageId", "1", (packageId) => sticker({ packageId })),
  ...needed("stickerId", "1", (stickerId) => sticker({ stickerId })),
  ...needed("quoteToken", "q", (quoteToken) => sticker({ quoteToken })).slice(1),
  ...mediaUrl("originalContentUrl", (url) => image({ originalContentUrl: url })),
  ...mediaUrl("previewImageUrl", (url) => image({ previewImageUrl: url })),
  ...mediaUrl("originalContentUrl", (url) => video({ originalContentUrl: url })),
  ...mediaUrl("previewImageUrl", (url) => video({ previewImageUrl: url })),
  ...(
    [
      ["t".repeat(100), "t".repeat(101)],
      ["-.=,+*()%$&;:@{}!?<>[]", "a_b"],
      ["a", ""],
      ["Az09", "日"],
      ["a:b", "a b"],
    ] as const
  ).map(([good, bad]) =>
    either(`a trackingId like ${bad}`, {
      field: "trackingId",
      good,
      bad,
      build: (trackingId) => video({ trackingId }),
    }),
  ),
  ...mediaUrl("originalContentUrl", (url) => audio({ originalContentUrl: url })),
  ...numbers(
    "duration",
    [
      [1, 0],
      [1, undefined],
      [1_000, 1_000.5],
      [1, "1"],
    ],
    (duration) => audio({ duration }),
  ),
  units("title", 100, (title) => location({ title })),
  ...needed("title", "a", (title) => location({ title })),
  units("address", 100, (address) => location({ address })),
  ...needed("address", "a", (address) => location({ address })),
  ...numbers(
    "latitude",
    [
      [90, 90.1],
      [-90, -90.1],
      [0, undefined],
      [0, "0"],
    ],
    (latitude) => location({ latitude }),
  ),
  ...numbers(
    "longitude",
    [
      [180, 180.1],
      [-180, -180.1],
      [0, undefined],
    ],
    (longitude) => location({ longitude }),
  ),
  ...needed("couponId", "01KX", (couponId) => coupon({ couponId })),
  ...(
    [
      ["t".repeat(30), "t".repeat(31)],
      ["Az_09", "a-b"],
      ["a", ""],
    ] as const
  ).map(([good, bad]) =>
    either(`a deliveryTag like ${bad}`, {
      field: "deliveryTag",
      good,
      bad,
      build: (deliveryTag) => coupon({ deliveryTag }),
    }),
  ),
  ...["textv2", "TEXT", "narrowcast", "toString"].map((bad): MessageLimit => ({
    ...either(`a message of type ${bad}`, {
      field: "type",
      good: "text",
      bad,
      build: (type) => ({ type: String(type), text: "a" }),
    }),
    code: "message_type",
  })),
];
