import {
  fields,
  integer,
  mediaUrl,
  number,
  optional,
  pattern,
  text,
  type Check,
} from "./checks.ts";

/** Source: LINE, Location message. */
const max = { title: 100, address: 100 } as const;

/** LINE tells no length for its ids. */
const id = text({});

/** Source: LINE, Video message. */
const trackingId = pattern(
  /^[a-zA-Z0-9\-.=,+*()%$&;:@{}!?<>[\]]{1,100}$/,
  "1 to 100 letters, digits and -.=,+*()%$&;:@{}!?<>[]",
);
/** Source: LINE, Coupon message. */
const deliveryTag = pattern(/^[a-zA-Z0-9_]{1,30}$/, "1 to 30 letters, digits and underscores");

export const stickerMessage: Check = fields({
  packageId: id,
  stickerId: id,
  quoteToken: optional(id),
});

export const imageMessage: Check = fields({
  originalContentUrl: mediaUrl,
  previewImageUrl: mediaUrl,
});

export const videoMessage: Check = fields({
  originalContentUrl: mediaUrl,
  previewImageUrl: mediaUrl,
  trackingId: optional(trackingId),
});

/** The duration is in milliseconds. */
export const audioMessage: Check = fields({
  originalContentUrl: mediaUrl,
  duration: integer(1, Number.MAX_SAFE_INTEGER),
});

export const locationMessage: Check = fields({
  title: text({ max: max.title }),
  address: text({ max: max.address }),
  latitude: number(-90, 90),
  longitude: number(-180, 180),
});

export const couponMessage: Check = fields({ couponId: id, deliveryTag: optional(deliveryTag) });
