import { expect, it } from "vitest";

import { checkAttributes } from "./json-values.ts";

const codeOf = (attributes: Record<string, unknown>) => checkAttributes(attributes, "traits")?.code;

it("takes what JSON can say within the limits", () => {
  const attributes = {
    name: "山田 🍎 👨‍👩‍👧",
    age: 41,
    share: 0.1,
    none: null,
    ok: true,
    tags: ["a", { b: [1, 2] }],
    largest: Number.MAX_SAFE_INTEGER,
    "with space-and_more": "x",
  };
  expect(checkAttributes(attributes, "traits")).toBeUndefined();
});

it.each(["$set", "a.b", "", "a\0b", "a\nb", "k".repeat(65), "a$"])(
  "refuses the key %j, however deep",
  (key) => {
    expect(codeOf({ [key]: 1 })).toBe("key_invalid");
    expect(codeOf({ deep: [{ er: { [key]: 1 } }] })).toBe("key_invalid");
  },
);

it.each(["__proto__", "constructor", "prototype", "_bsontype"])(
  "refuses the key %s and changes nothing",
  (key) => {
    const attributes = JSON.parse(`{"deep":[{"${key}":{"polluted":1}}]}`) as Record<
      string,
      unknown
    >;
    expect(codeOf(attributes)).toBe("key_forbidden");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  },
);

it.each([2 ** 53, -(2 ** 53), Infinity, NaN, -0, 1e300])("refuses the number %d", (number) => {
  expect(codeOf({ deep: [number] })).toBe("number_out_of_range");
});

it.each(["\ud800", "a\udc00b", "a\0b"])("refuses the text %j", (text) => {
  expect(codeOf({ text })).toBe("unicode_invalid");
});

it("refuses a lone surrogate in a key", () => {
  expect(codeOf({ "\ud800": 1 })).toBe("unicode_invalid");
});

it("names the limit and the count", () => {
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`k${index}`, 1]));
  expect(checkAttributes(many, "traits")).toMatchObject({
    code: "limit_exceeded",
    message: "at most 100 attributes, given 101",
  });
  // 4,098 bytes in 1,366 characters: bytes are what is bounded.
  expect(checkAttributes({ text: "語".repeat(1_366) }, "traits")).toMatchObject({
    code: "limit_exceeded",
    field: "traits.text",
    message: "at most 4096 bytes of text, given 4098",
  });
  expect(codeOf({ list: Array.from({ length: 1_001 }, () => 1) })).toBe("limit_exceeded");
});

it("bounds the depth of values that did not come through the JSON parser", () => {
  let value: unknown = 1;
  for (let level = 0; level < 40; level += 1) value = [value];
  expect(codeOf({ value })).toBe("limit_exceeded");
});
