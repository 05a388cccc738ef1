import type { Check, CheckRules } from "./checks.ts";
import { commonProperties } from "./common-properties.ts";
import { flexMessage } from "./flex-message.ts";
import { imagemapMessage } from "./imagemap-message.ts";
import type { LineMessage } from "./line-message.ts";
import {
  audioMessage,
  couponMessage,
  imageMessage,
  locationMessage,
  stickerMessage,
  videoMessage,
} from "./media-messages.ts";
import { lineLimit, type MessageProblem } from "./message-problem.ts";
import { checkMessageTree } from "./message-tree.ts";
import { templateMessage } from "./template-message.ts";
import { textMessage } from "./text-message.ts";
import { textV2Message } from "./text-v2-message.ts";
import { limits } from "../limits.ts";

export interface MessageRules {
  /** Where the messages stand in the request. */
  readonly field?: string;
  /** Texts may hold Liquid: what depends on its result is checked when it is rendered. */
  readonly templated?: boolean;
  /** The messages go to a group or room, where people can be mentioned. */
  readonly toGroup?: boolean;
}

/** Every type LINE knows. Source: LINE, Message objects. */
const messageTypes: Readonly<Record<string, Check>> = {
  text: textMessage,
  textV2: textV2Message,
  sticker: stickerMessage,
  image: imageMessage,
  video: videoMessage,
  audio: audioMessage,
  location: locationMessage,
  imagemap: imagemapMessage,
  template: templateMessage,
  flex: flexMessage,
  coupon: couponMessage,
};

/** Source: LINE, Status codes (413). */
const requestBytesMax = 2_000_000;

/**
 * Finds the first thing LINE would refuse, as far as it can be known without asking LINE: types, counts, required
 * fields, lengths by LINE's own counting, sizes and URLs. Undefined where there is nothing. Fields LINE's reference
 * does not have pass.
 */
export const checkLineMessages = (
  messages: readonly LineMessage[],
  { field = "messages", templated = false, toGroup = false }: MessageRules = {},
): MessageProblem | undefined => {
  if (messages.length < 1 || messages.length > limits.messagesMax)
    return lineLimit(field, `1 to ${limits.messagesMax} messages, given ${messages.length}`);
  for (const [index, message] of messages.entries()) {
    const problem = checkShape(message, `${field}[${index}]`);
    if (problem) return problem;
  }
  const bytes = Buffer.byteLength(JSON.stringify(messages));
  if (bytes > requestBytesMax) {
    const words = `at most ${requestBytesMax} bytes in all, given ${bytes}`;
    return { code: "request_too_large", field, message: words, isTooLong: true };
  }
  const rules = { templated, toGroup };
  for (const [index, message] of messages.entries()) {
    const problem = checkFields(message, `${field}[${index}]`, rules);
    if (problem) return problem;
  }
  return undefined;
};

/** What comes first: what is looked at later goes down into the message, which only a bounded depth allows. */
const checkShape = (message: LineMessage, field: string): MessageProblem | undefined =>
  Object.hasOwn(messageTypes, message.type)
    ? checkMessageTree(message, field)
    : {
        code: "message_type",
        field: `${field}.type`,
        message: `one of ${Object.keys(messageTypes).join(", ")} is required`,
      };

const checkFields = (
  message: LineMessage,
  field: string,
  rules: CheckRules,
): MessageProblem | undefined =>
  messageTypes[message.type]?.(message, field, rules) ?? commonProperties(message, field, rules);
