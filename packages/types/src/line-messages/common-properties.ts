import { quickReplyAction } from "./actions.ts";
import {
  all,
  fields,
  isDeferred,
  list,
  mediaUrl,
  oneOf,
  optional,
  text,
  type Check,
} from "./checks.ts";
import { lineLimit } from "./message-problem.ts";

/** Source: LINE, Common properties for messages. */
const max = { quickReplies: 13, quickReplyLabel: 20, senderName: 20 } as const;

const quickReply: Check = fields({
  items: list(
    { min: 1, max: max.quickReplies },
    fields({
      // LINE's reference requires it, its OpenAPI definition has it as the default.
      type: optional(oneOf("action")),
      imageUrl: optional(mediaUrl),
      action: quickReplyAction({ labelMax: max.quickReplyLabel, label: "required" }),
    }),
  ),
});

/** LINE names one of its "certain words"; inside another word ("Online Shop") it is none. */
const noReservedWord: Check = (name, field, rules) =>
  !isDeferred(name, rules) && /\bline\b/i.test(String(name))
    ? lineLimit(field, "a sender's name must not hold the word LINE")
    : undefined;

const sender: Check = fields({
  name: optional(all(text({ max: max.senderName }), noReservedWord)),
  iconUrl: optional(mediaUrl),
});

/** What a message of any type may have. */
export const commonProperties: Check = fields({
  quickReply: optional(quickReply),
  sender: optional(sender),
});
