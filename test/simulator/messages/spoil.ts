import { exampleRequests } from "./examples.ts";
import type { Message } from "./message-limit.ts";

/** What a careless caller may write in place of anything. */
const oddValues: readonly unknown[] = [
  undefined,
  null,
  "",
  "x",
  "x".repeat(6_000),
  "http://example.com/",
  "ftp://example.com/",
  -1,
  0,
  1.5,
  100_001,
  true,
  [],
  ["x"],
  {},
  { type: "text", text: "x" },
];

export interface Spoilt {
  readonly message: Message;
  /** What was written where. */
  readonly what: string;
}

/** Every example with one part of it replaced by each odd value; what all of them have in common only once. */
export const spoiltExamples = (): Spoilt[] =>
  exampleRequests.flat().flatMap((example, index) => {
    const { sender, quickReply, ...own } = example;
    const message = (index === 0 ? { ...own, sender, quickReply } : own) as Message;
    return pathsOf(message)
      .filter((path) => path.length > 0)
      .flatMap((path) =>
        oddValues.map((value) => ({
          message: replaced(message, path, value) as Message,
          what: `${message.type} ${path.join(".")} = ${(JSON.stringify(value) ?? "nothing").slice(0, 40)}`,
        })),
      );
  });

type Path = readonly (string | number)[];

const pathsOf = (node: unknown, path: Path = []): Path[] => {
  if (typeof node !== "object" || node === null) return [path];
  const parts: (readonly [string | number, unknown])[] = Array.isArray(node)
    ? [...node.entries()]
    : Object.entries(node);
  return [path, ...parts.flatMap(([key, value]) => pathsOf(value, [...path, key]))];
};

const replaced = (node: unknown, [key, ...rest]: Path, value: unknown): unknown => {
  if (key === undefined) return value;
  if (Array.isArray(node))
    return node.map((one, index) => (index === key ? replaced(one, rest, value) : one));
  const object = node as Record<string, unknown>;
  return { ...object, [key]: replaced(object[String(key)], rest, value) };
};
