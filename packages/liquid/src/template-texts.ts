import { holdsLiquid, type LineMessage } from "@yubin/types";

/** One text of a message that holds Liquid. */
export interface TemplateText {
  readonly template: string;
  readonly field: string;
  /** In a `textV2` braces mean something to LINE, so values must not bring any. */
  readonly escapesBraces: boolean;
}

/**
 * The messages with every text that holds Liquid replaced, and nothing else: what a value contains can never become
 * part of the structure around it. Without such a text the messages come back as they are.
 */
export const mapTemplates = (
  messages: readonly LineMessage[],
  replace: (text: TemplateText) => string,
  field = "messages",
): readonly LineMessage[] =>
  messages.map((message, index) => {
    const at = `${field}[${index}]`;
    const escaped = message.type === "textV2" ? `${at}.text` : undefined;
    return mapNode(message, at, (template, where) =>
      replace({ template, field: where, escapesBraces: where === escaped }),
    ) as LineMessage;
  });

type Replace = (template: string, field: string) => string;

/** Depth is bounded where messages come in. */
const mapNode = (node: unknown, field: string, replace: Replace): unknown => {
  if (typeof node === "string") return holdsLiquid(node) ? replace(node, field) : node;
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node))
    return node.map((item, index) => mapNode(item, `${field}[${index}]`, replace));
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, mapNode(value, `${field}.${key}`, replace)]),
  );
};
