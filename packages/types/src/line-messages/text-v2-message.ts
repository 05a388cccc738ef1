import {
  all,
  byType,
  fields,
  isDeferred,
  isObject,
  optional,
  text,
  type Check,
  type JsonObject,
} from "./checks.ts";
import { lineLimit, misfit, type MessageProblem } from "./message-problem.ts";

/** Source: LINE, Text message (v2); emoji and mentions are counted as often as the text has them. */
const max = { text: 5_000, substitutions: 100, emoji: 20, mention: 20 } as const;
const keyPattern = /^[0-9a-zA-Z_]{1,20}$/;

const id = text({});

/** Source: LINE, Text message (v2), Mention object: it goes to a group or room only. */
const inGroups: Check = (_, field, { toGroup }) =>
  toGroup
    ? undefined
    : lineLimit(`${field}.type`, "a person cannot be sent a mention, only a group or room can");

const substitution = byType({
  emoji: fields({ productId: id, emojiId: id }),
  mention: all(
    inGroups,
    fields({ mentionee: byType({ user: fields({ userId: id }), all: () => undefined }) }),
  ),
});

const substitutions: Check = (value, field, rules) => {
  if (!isObject(value)) return misfit(field, "an object", value);
  const entries = Object.entries(value);
  if (entries.length > max.substitutions)
    return lineLimit(field, `at most ${max.substitutions} substitutions, given ${entries.length}`);
  for (const [key, one] of entries) {
    if (!keyPattern.test(key))
      return lineLimit(field, "a key has 1 to 20 letters (a-z, A-Z), digits and underscores");
    const problem = substitution(one, `${field}.${key}`, rules);
    if (problem) return problem;
  }
  return undefined;
};

const placeholders: Check = (message, field, rules) => {
  if (!isObject(message) || isDeferred(message["text"], rules)) return undefined;
  const given = isObject(message["substitution"]) ? message["substitution"] : {};
  return checkPlaceholders(String(message["text"]), `${field}.text`, given);
};

/** Braces come in pairs around a key that is substituted; a doubled one is a brace to read. */
const checkPlaceholders = (
  words: string,
  field: string,
  given: JsonObject,
): MessageProblem | undefined => {
  const used = { emoji: 0, mention: 0 };
  for (const [found, , key] of words.matchAll(/(\{\{|\}\})|\{([^{}]*)\}|[{}]/g)) {
    if (found === "{{" || found === "}}") continue;
    if (key === undefined)
      return lineLimit(field, "a brace that is meant to be read must be doubled");
    if (!Object.hasOwn(given, key)) return lineLimit(field, "a placeholder has no substitution");
    const type = (given[key] as { type: keyof typeof used }).type;
    used[type] += 1;
    if (used[type] > max[type])
      return lineLimit(field, `at most ${max[type]} placeholders of type ${type}, given more`);
  }
  return undefined;
};

export const textV2Message: Check = all(
  fields({
    text: text({ max: max.text }),
    substitution: optional(substitutions),
    quoteToken: optional(id),
  }),
  placeholders,
);
