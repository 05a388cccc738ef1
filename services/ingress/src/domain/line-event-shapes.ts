import { hashLinkSecret } from "@yubin/types";
import { z } from "zod";

/**
 * LINE's webhook events as far as we read them. Unknown fields are dropped; enums are plain texts, since LINE adds
 * values without notice. Source: LINE's webhook.yml and the Messaging API reference, webhook event objects.
 */
const id = z.string().min(1).max(128);
const text = z.string().max(100_000);
const label = z.string().max(200);
const millis = z.number();

/** Checked apart, so that a bad user ID is told from a bad shape. */
const userId = z.unknown();
const userSource = z.object({ type: z.literal("user"), userId: userId.optional() });

const source = z.union([
  userSource,
  z.object({ type: z.literal("group"), groupId: id, userId: userId.optional() }),
  z.object({ type: z.literal("room"), roomId: id, userId: userId.optional() }),
  z.object({ type: label.regex(/^(?!user$|group$|room$)/) }),
]);

const common = {
  mode: label.optional(),
  source: source.optional(),
  replyToken: z.string().max(256).optional(),
};

const contentProvider = z.object({
  type: label,
  originalContentUrl: z.string().max(2_000).optional(),
  previewImageUrl: z.string().max(2_000).optional(),
});
const mentionee = z.object({
  index: z.number().optional(),
  length: z.number().optional(),
  type: label.optional(),
  isSelf: z.boolean().optional(),
});
const emoji = z.object({
  index: z.number(),
  length: z.number(),
  productId: label,
  emojiId: label,
});

const textContent = z.object({
  id,
  type: z.literal("text"),
  text,
  quoteToken: z.string().max(512).optional(),
  emojis: z.array(emoji).max(100).optional(),
  mention: z.object({ mentionees: z.array(mentionee).max(100) }).optional(),
  quotedMessageId: id.optional(),
});
const mediaContent = (type: "image" | "video" | "audio") =>
  z.object({
    id,
    type: z.literal(type),
    duration: millis.optional(),
    contentProvider: contentProvider.optional(),
    imageSet: z
      .object({ id, index: z.number().optional(), total: z.number().optional() })
      .optional(),
  });
const knownContent = z.discriminatedUnion("type", [
  textContent,
  mediaContent("image"),
  mediaContent("video"),
  mediaContent("audio"),
  z.object({
    id,
    type: z.literal("file"),
    fileName: z.string().max(1_000).optional(),
    fileSize: z.number().optional(),
  }),
  z.object({
    id,
    type: z.literal("location"),
    title: z.string().max(1_000).optional(),
    address: z.string().max(1_000).optional(),
    latitude: z.number().optional(),
    longitude: z.number().optional(),
  }),
  z.object({
    id,
    type: z.literal("sticker"),
    packageId: label.optional(),
    stickerId: label.optional(),
    stickerResourceType: label.optional(),
    keywords: z.array(label).max(50).optional(),
    text: z.string().max(1_000).optional(),
    quotedMessageId: id.optional(),
  }),
]);
/** A kind of message that LINE has added since. */
const laterContent = z.object({
  id,
  type: label.regex(/^(?!(text|image|video|audio|file|location|sticker)$)/),
});
const content = z.union([knownContent, laterContent]);

const members = z.object({ members: z.array(userSource).max(1_000) });
const postbackParams = z.object({
  date: label.optional(),
  time: label.optional(),
  datetime: label.optional(),
  newRichMenuAliasId: label.optional(),
  status: label.optional(),
});

/** The nonce is a secret of the person who is being linked; nothing needs it once it can be compared. */
const accountLink = z
  .object({ result: label, nonce: z.string().max(512) })
  .transform(({ result, nonce }) => ({ result, nonceHash: hashLinkSecret(nonce) }));

/** Typed loosely on purpose: what is read from an event is read by name, and checked there. */
const event = (own: z.ZodRawShape = {}): z.ZodObject => z.object({ ...common, ...own });

/** By `type`. What is not here is counted and not stored, as LINE asks its receivers to tolerate. */
export const lineEventShapes: ReadonlyMap<string, z.ZodObject> = new Map<string, z.ZodObject>([
  ["follow", event({ follow: z.object({ isUnblocked: z.boolean().optional() }).optional() })],
  ["unfollow", event()],
  ["message", event({ message: content })],
  ["messageEdited", event({ message: content })],
  ["unsend", event({ unsend: z.object({ messageId: id }) })],
  [
    "postback",
    event({
      postback: z.object({ data: z.string().max(2_000), params: postbackParams.optional() }),
    }),
  ],
  ["accountLink", event({ link: accountLink })],
  ["delivery", event({ delivery: z.object({ data: z.string().max(512) }) })],
  [
    "videoPlayComplete",
    event({ videoPlayComplete: z.object({ trackingId: z.string().max(512) }) }),
  ],
  [
    "beacon",
    event({ beacon: z.object({ hwid: label, type: label, dm: z.string().max(512).optional() }) }),
  ],
  ["join", event()],
  ["leave", event()],
  ["memberJoined", event({ joined: members })],
  ["memberLeft", event({ left: members })],
  [
    "membership",
    event({ membership: z.object({ type: label, membershipId: z.number().optional() }) }),
  ],
  [
    "module",
    event({
      module: z.object({
        type: label,
        botId: label.optional(),
        scopes: z.array(label).max(100).optional(),
        reason: label.optional(),
      }),
    }),
  ],
  ["activated", event({ chatControl: z.object({ expireAt: z.number() }).optional() })],
  ["deactivated", event()],
  ["botSuspended", event()],
  ["botResumed", event()],
]);
