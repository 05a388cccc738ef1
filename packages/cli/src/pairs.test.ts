import { expect, it } from "vitest";

import { traitsFrom } from "./pairs.ts";

it("takes texts as they are, JSON where it is said to be, and null to take away", () => {
  const pairs = ["plan=pro", "age:=42", "zip=007", "eq=a=b", "empty=", 'tags:=["a"]', "time=12:=3"];
  expect(traitsFrom(pairs, ["old"])).toEqual({
    plan: "pro",
    age: 42,
    zip: "007",
    eq: "a=b",
    empty: "",
    tags: ["a"],
    time: "12:=3",
    old: null,
  });
});

it.each([
  [["=x"], "is not key=text"],
  [[":=1"], "is not key=text"],
  [["a:=oops"], "is no JSON"],
  [["a=1", "a:=2"], "a is there twice"],
  [[], "nothing to set"],
])("refuses %j", (pairs, sentence) => {
  expect(() => traitsFrom(pairs, [])).toThrow(sentence);
});

it("sets a key that JavaScript has a meaning for", () => {
  expect(Object.entries(traitsFrom(["__proto__=x"], []))).toEqual([["__proto__", "x"]]);
});
