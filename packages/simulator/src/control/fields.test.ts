import { expect, it } from "vitest";
import { flag, object, oneOf, optional, readFields, shaped, text, texts, whole } from "./fields.ts";
import type { Reader } from "./fields.ts";

it("reads known fields and leaves out what is not given", () => {
  const shape = { name: text, count: optional(whole), on: optional(flag) };
  expect(readFields({ name: "n", on: false }, shape)).toEqual({ name: "n", on: false });
});

it("takes numbers from a query string", () => {
  expect(readFields({ limit: "10" }, { limit: whole })).toEqual({ limit: 10 });
});

const wrong: [given: unknown, shape: Record<string, Reader<unknown>>, words: string][] = [
  [{ nam: "x" }, { name: optional(text) }, "unknown field nam; known: name"],
  [{}, { name: text }, "name must be a text"],
  [{ n: 1.5 }, { n: whole }, "n must be a whole number"],
  [{ n: -1 }, { n: whole }, "n must be a number from 0"],
  [{ n: "" }, { n: whole }, "n must be a number from 0"],
  [{ k: "c" }, { k: oneOf(["a", "b"]) }, "k must be one of a, b"],
  [{ l: [1] }, { l: texts }, "l must be a list of texts"],
  [{ o: [] }, { o: object }, "o must be an object"],
  [{ o: { x: 1 } }, { o: shaped({ y: optional(text) }) }, "unknown field x"],
  [[], { name: text }, "the body must be a JSON object"],
];

it.each(wrong)("names what is wrong with %j", (given, shape, words) => {
  expect(() => readFields(given, shape)).toThrow(words);
});
