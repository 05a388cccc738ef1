import { holdsLiquid, lineLimit, type MessageProblem } from "./line-message-problem.ts";
import { checkMessageTree } from "./line-message-tree.ts";
import type { LineMessage } from "./line-messages.ts";
import { limits } from "./limits.ts";

export interface MessageRules {
  /** Where the messages stand in the request. */
  readonly field?: string;
  /** Texts may hold Liquid: what depends on its result is checked when it is rendered. */
  readonly templated?: boolean;
}

/**
 * Finds the first thing LINE would refuse, as far as it can be known without asking LINE: types, counts, required
 * fields, lengths, sizes and URLs. Undefined where there is nothing.
 */
export const checkLineMessages = (
  messages: readonly LineMessage[],
  { field = "messages", templated = false }: MessageRules = {},
): MessageProblem | undefined => {
  if (messages.length < 1 || messages.length > limits.messagesMax)
    return lineLimit(field, `1 to ${limits.messagesMax} messages, given ${messages.length}`);
  for (const [index, message] of messages.entries()) {
    const problem = checkMessage(message, `${field}[${index}]`, templated);
    if (problem) return problem;
  }
  const bytes = Buffer.byteLength(JSON.stringify(messages));
  return bytes > requestBytesMax
    ? { code: "request_too_large", field, message: `at most 2 MB in all, given ${bytes} bytes` }
    : undefined;
};

const checkMessage = (
  message: LineMessage,
  field: string,
  templated: boolean,
): MessageProblem | undefined => {
  const required = Object.hasOwn(requiredFields, message.type)
    ? requiredFields[message.type]
    : undefined;
  if (!required)
    return {
      code: "message_type",
      field: `${field}.type`,
      message: "not a message type of LINE's",
    };
  // The tree first: what follows prints parts of it, which only a bounded depth allows.
  const problem = checkMessageTree(message, field, { templated });
  if (problem) return problem;
  for (const [name, check] of Object.entries(required)) {
    const unfit = check(message[name], `${field}.${name}`, templated);
    if (unfit) return unfit;
  }
  return undefined;
};

type FieldCheck = (value: unknown, field: string, templated: boolean) => MessageProblem | undefined;

/** A text that is there and not blank. Lengths are in UTF-16 units, as LINE counts. */
const text =
  (charsMax: number): FieldCheck =>
  (value, field, templated) => {
    if (typeof value !== "string") return lineLimit(field, "this text is required");
    if (templated && holdsLiquid(value)) return undefined;
    if (value.trim() === "") return lineLimit(field, "this text must not be blank");
    return value.length > charsMax
      ? lineLimit(field, `at most ${charsMax} UTF-16 units, given ${value.length}`)
      : undefined;
  };

const number =
  (min: number, max: number): FieldCheck =>
  (value, field) =>
    typeof value === "number" && value >= min && value <= max
      ? undefined
      : lineLimit(field, `a number from ${min} to ${max} is required`);

const list =
  (max: number): FieldCheck =>
  (value, field) =>
    Array.isArray(value) && value.length >= 1 && value.length <= max
      ? undefined
      : lineLimit(field, `a list of 1 to ${max} is required`);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const size: FieldCheck = (value, field) =>
  isObject(value) && typeof value["width"] === "number" && typeof value["height"] === "number"
    ? undefined
    : lineLimit(field, "width and height are required");

const template: FieldCheck = (value, field) => {
  const known = ["buttons", "confirm", "carousel", "image_carousel"];
  if (!isObject(value) || !known.includes(String(value["type"])))
    return lineLimit(`${field}.type`, `one of ${known.join(", ")} is required`);
  const { columns } = value;
  return Array.isArray(columns) && columns.length > templateColumnsMax
    ? lineLimit(`${field}.columns`, `at most ${templateColumnsMax}, given ${columns.length}`)
    : undefined;
};

const flex: FieldCheck = (value, field) => {
  if (!isObject(value)) return lineLimit(field, "a bubble or a carousel is required");
  if (value["type"] === "bubble") return checkBytes(value, field, bubbleBytesMax);
  if (value["type"] !== "carousel")
    return lineLimit(`${field}.type`, "a bubble or a carousel is required");
  const { contents } = value;
  if (!Array.isArray(contents) || contents.length < 1 || contents.length > carouselBubblesMax)
    return lineLimit(`${field}.contents`, `a carousel has 1 to ${carouselBubblesMax} bubbles`);
  return checkBytes(value, field, carouselBytesMax);
};

const checkBytes = (value: object, field: string, max: number): MessageProblem | undefined => {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes > max ? lineLimit(field, `at most ${max} bytes, given ${bytes}`) : undefined;
};

/** Source: LINE, Message objects, Flex Message; sizes are taken as KiB, LINE decides about the last bytes. */
const requestBytesMax = 2_000_000;
const bubbleBytesMax = 30 * 1_024;
const carouselBytesMax = 50 * 1_024;
const carouselBubblesMax = 12;
const templateColumnsMax = 10;
const url = text(2_000);
const altText = text(1_500);
const id = text(100);

const requiredFields: Readonly<Record<string, Readonly<Record<string, FieldCheck>>>> = {
  text: { text: text(5_000) },
  textV2: { text: text(5_000) },
  sticker: { packageId: id, stickerId: id },
  image: { originalContentUrl: url, previewImageUrl: url },
  video: { originalContentUrl: url, previewImageUrl: url },
  audio: { originalContentUrl: url, duration: number(1, Number.MAX_SAFE_INTEGER) },
  location: {
    title: text(100),
    address: text(100),
    latitude: number(-90, 90),
    longitude: number(-180, 180),
  },
  imagemap: { baseUrl: url, altText, baseSize: size, actions: list(50) },
  template: { altText, template },
  flex: { altText, contents: flex },
  coupon: { couponId: id },
};
