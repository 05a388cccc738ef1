import { all, fields, isDeferred, isObject, list, optional, text, type Check } from "./checks.ts";
import { lineLimit, misfit } from "./message-problem.ts";

/**
 * Source: LINE, Text message. LINE counts an emoji by its alternative text, which it tells nobody: near 5,000 units LINE
 * itself decides.
 */
const max = { text: 5_000, emojis: 20 } as const;

const id = text({});

/**
 * Each emoji stands on a `$` of the text, by its place in UTF-16 units. Of a template only what stands before its first
 * tag keeps its place; whether a `$` is at a later one is known once it is rendered.
 */
const onDollars: Check = (message, field, rules) => {
  if (!isObject(message) || !Array.isArray(message["emojis"])) return undefined;
  const words = String(message["text"]);
  const known = isDeferred(words, rules) ? words.search(/\{[{%]/) : Infinity;
  for (const [position, emoji] of (message["emojis"] as { index: unknown }[]).entries()) {
    const at = `${field}.emojis[${position}].index`;
    const { index } = emoji;
    if (!Number.isInteger(index)) return misfit(at, "the place of a $ in the text", index);
    if (Number(index) < known && words[Number(index)] !== "$")
      return lineLimit(at, "the text has no $ at this place, counted in UTF-16 units from 0");
  }
  return undefined;
};

export const textMessage: Check = all(
  fields({
    text: text({ max: max.text }),
    emojis: optional(list({ min: 0, max: max.emojis }, fields({ productId: id, emojiId: id }))),
    quoteToken: optional(id),
  }),
  onDollars,
);
