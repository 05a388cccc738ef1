import { limits } from "../limits.ts";
import type { MessageProblem } from "./message-problem.ts";

const nodesMax = 10_000;
const keyCharsMax = 100;

/** What holds at any depth of a message, whatever it is: bounds, well-formed texts, keys. */
export const checkMessageTree = (message: unknown, field: string): MessageProblem | undefined =>
  checkNode(message, field, { depth: 0, left: { nodes: nodesMax } });

interface Walk {
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

  const within = { depth: walk.depth + 1, left: walk.left };
  if (Array.isArray(node)) {
    for (const [index, item] of node.entries()) {
      const problem = checkNode(item, `${field}[${index}]`, within);
      if (problem) return problem;
    }
    return undefined;
  }
  for (const [key, value] of Object.entries(node)) {
    const problem = checkKey(key, field) ?? checkNode(value, `${field}.${key}`, within);
    if (problem) return problem;
  }
  return undefined;
};

const checkKey = (key: string, field: string): MessageProblem | undefined => {
  if (key.length > keyCharsMax || checkText(key, field))
    return tooComplex(field, `a key must be well formed, with at most ${keyCharsMax} characters`);
  return isDriversKey(key)
    ? { code: "key_forbidden", field, message: "a key that no message of LINE's has" }
    : undefined;
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
