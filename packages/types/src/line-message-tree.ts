import { holdsLiquid, lineLimit, type MessageProblem } from "./line-message-problem.ts";
import { limits } from "./limits.ts";
import { checkMessageUrl } from "./message-url.ts";

export interface TreeRules {
  /** Texts may hold Liquid, whose result is checked when it is rendered. */
  readonly templated: boolean;
}

const nodesMax = 10_000;

/** What holds at any depth of a message: bounds, well-formed texts, URLs, quick replies. */
export const checkMessageTree = (
  message: unknown,
  field: string,
  rules: TreeRules,
): MessageProblem | undefined =>
  checkNode(message, field, { ...rules, depth: 0, left: { nodes: nodesMax } });

interface Walk extends TreeRules {
  readonly depth: number;
  readonly left: { nodes: number };
}

const checkNode = (node: unknown, field: string, walk: Walk): MessageProblem | undefined => {
  walk.left.nodes -= 1;
  if (walk.left.nodes < 0) return tooComplex(field, `more than ${nodesMax} values in one message`);
  if (walk.depth > limits.jsonDepth)
    return tooComplex(field, `nested deeper than ${limits.jsonDepth} levels`);
  if (typeof node === "string") return checkText(node, field);
  if (typeof node !== "object" || node === null) return undefined;

  const within = { ...walk, depth: walk.depth + 1 };
  if (Array.isArray(node)) {
    for (const [index, item] of node.entries()) {
      const problem = checkNode(item, `${field}[${index}]`, within);
      if (problem) return problem;
    }
    return undefined;
  }
  for (const [key, value] of Object.entries(node)) {
    const problem = checkField(key, value, { field, walk: within });
    if (problem) return problem;
  }
  return undefined;
};

const checkField = (
  key: string,
  value: unknown,
  { field, walk }: { readonly field: string; readonly walk: Walk },
): MessageProblem | undefined => {
  if (key.length > keyCharsMax || checkText(key, field))
    return tooComplex(field, `a key must be well formed, with at most ${keyCharsMax} characters`);
  if (isDriversKey(key))
    return { code: "key_forbidden", field, message: "a key that no message of LINE's has" };
  const at = `${field}.${key}`;
  if (key === "quickReply") {
    const items = typeof value === "object" && value !== null && "items" in value && value.items;
    if (Array.isArray(items) && items.length > quickReplyItemsMax)
      return lineLimit(at, `at most ${quickReplyItemsMax} quick replies, given ${items.length}`);
  }
  const rule = Object.hasOwn(urlFields, key) ? urlFields[key] : undefined;
  if (rule && typeof value === "string" && !(walk.templated && holdsLiquid(value))) {
    const problem = checkText(value, at) ?? checkMessageUrl(value, at, rule);
    if (problem) return problem;
  }
  return checkNode(value, at, walk);
};

const checkText = (text: string, field: string): MessageProblem | undefined =>
  text.isWellFormed() && !text.includes("\0")
    ? undefined
    : { code: "unicode_invalid", field, message: "the text holds a lone surrogate or a NUL" };

const tooComplex = (field: string, message: string): MessageProblem => ({
  code: "message_too_complex",
  field,
  message,
});

/** MongoDB's driver takes objects with such keys for values of its own: it would read back something else, or not write. */
const isDriversKey = (key: string): boolean => key.startsWith("$") || key === "_bsontype";

const keyCharsMax = 100;
/** Source: LINE, Items object. */
const quickReplyItemsMax = 13;

/** Source: LINE, Message objects and Action objects. */
const media = { schemes: ["https:"], charsMax: 2_000 };
const link = { schemes: ["https:", "http:", "line:", "tel:"], charsMax: 1_000 };
const urlFields: Readonly<Record<string, typeof media>> = {
  baseUrl: media,
  iconUrl: media,
  imageUrl: media,
  originalContentUrl: media,
  previewImageUrl: media,
  previewUrl: media,
  thumbnailImageUrl: media,
  url: media,
  linkUri: link,
  uri: link,
};
