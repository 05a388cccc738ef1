import { expect, it } from "vitest";
import { flag, object, oneOf, optional, readFields, shaped, text, texts, whole } from "./fields.ts";

it("reads known fields and leaves out what is not given", () => {
  const shape = { name: text, count: optional(whole), on: optional(flag) };
  expect(readFields({ name: "n", on: false }, shape)).toEqual({ name: "n", on: false });
});

it("takes numbers from a query string", () => {
  expect(readFields({ limit: "10" }, { limit: whole })).toEqual({ limit: 10 });
});

it("names what is wrong", () => {
  const wrong = (given: unknown, shape: Parameters<typeof readFields>[1], words: string) =>
    expect(() => readFields(given, shape)).toThrow(words);
  wrong({ nam: "x" }, { name: optional(text) }, "unknown field nam; known: name");
  wrong({}, { name: text }, "name must be a text");
  wrong({ n: 1.5 }, { n: whole }, "n must be a whole number");
  wrong({ n: -1 }, { n: whole }, "n must be a number from 0");
  wrong({ n: "" }, { n: whole }, "n must be a number from 0");
  wrong({ k: "c" }, { k: oneOf(["a", "b"]) }, "k must be one of a, b");
  wrong({ l: [1] }, { l: texts }, "l must be a list of texts");
  wrong({ o: [] }, { o: object }, "o must be an object");
  wrong({ o: { x: 1 } }, { o: shaped({ y: optional(text) }) }, "unknown field x");
  wrong([], { name: text }, "the body must be a JSON object");
});
