import { Failure } from "@yubin/errors";
import { describe, expect, it } from "vitest";

import { parseJson } from "./parse-json.ts";

const strict = (text: string | Buffer): unknown => parseJson(Buffer.from(text), { depth: 32 });
const lenient = (text: string | Buffer): unknown =>
  parseJson(Buffer.from(text), { depth: 32, strict: false });
const failureOf = (parse: () => unknown): Failure => {
  try {
    parse();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("it was taken");
};
const endOf = (text: string): string => {
  try {
    strict(text);
    return "taken";
  } catch (error) {
    return error instanceof Failure ? error.code : String(error);
  }
};

describe("a JSON body", () => {
  it.each([
    ["nothing", ""],
    ["no JSON", "hello"],
    ["JSON and more", '{"a":1} x'],
    ["a BOM", "\uFEFF{}"],
    ["UTF-16", Buffer.from('{"a":1}', "utf16le")],
    ["UTF-16 with a BOM", Buffer.from('\uFEFF{"a":1}', "utf16le")],
    ["a broken UTF-8 sequence", Buffer.from([0x22, 0xc3, 0x28, 0x22])],
    ["a surrogate in UTF-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ["an overlong slash", Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ["a raw control character", '"a\nb"'],
    ["single quotes", "{'a':1}"],
    ["a comment", "{}//"],
    ["an open bracket", "[".repeat(20)],
  ])("that is %s is json_invalid", (_what, text) => {
    expect(failureOf(() => strict(text)).code).toBe("json_invalid");
    expect(failureOf(() => lenient(text)).code).toBe("json_invalid");
  });

  it("is checked for depth before anything is built, and texts do not count", () => {
    const nested = (depth: number): string =>
      `${'{"a":['.repeat(depth / 2)}${"]}".repeat(depth / 2)}`;
    expect(strict(nested(32))).toBeTypeOf("object");
    for (const text of [nested(34), nested(10_000), "[".repeat(1_000_000), '{"a":'.repeat(100_000)])
      for (const parse of [strict, lenient])
        expect(failureOf(() => parse(text)).code).toBe("json_too_deep");
    expect(
      strict(JSON.stringify({ a: "[".repeat(1_000), b: '\\"[{'.repeat(100), c: "\\" })),
    ).toEqual({
      a: "[".repeat(1_000),
      b: '\\"[{'.repeat(100),
      c: "\\",
    });
    expect(strict(`[${"[],".repeat(1_000)}[]]`)).toHaveLength(1_001);
  });

  it.each([
    '{"a":{"__proto__":{"x":1}}}',
    '{"a":[{"constructor":1}]}',
    '{"prototype":1}',
    '{"a":{"_bsontype":"Long"}}',
    String.raw`{"\u005f_proto__":{"x":1}}`,
    String.raw`{"constr\u0075ctor":1}`,
  ])(
    "with a forbidden key is refused where callers write it, and loses it where LINE does: %s",
    (text) => {
      expect(failureOf(() => strict(text)).code).toBe("key_forbidden");
      const kept = JSON.stringify(lenient(text));
      expect(kept).not.toMatch(/__proto__|constructor|prototype|_bsontype/);
      expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
    },
  );

  it("names the field at fault", () => {
    expect(failureOf(() => strict('{"traits":{"tags":[{"__proto__":1}]}}')).field).toBe(
      "traits.tags.0.__proto__",
    );
    expect(failureOf(() => strict('{"traits":{"age":1e400}}')).field).toBe("traits.age");
    expect(failureOf(() => strict(String.raw`{"a":{"\ud800":1}}`)).field).toBe("a.\uFFFD");
  });

  it.each([
    String.raw`"\ud800"`,
    String.raw`{"a":"\udc00\ud800"}`,
    String.raw`{"\uDBFF":1}`,
    String.raw`["a\u0000b"]`,
  ])("with half a character or a NUL is unicode_invalid where callers write it: %s", (text) => {
    expect(failureOf(() => strict(text)).code).toBe("unicode_invalid");
    expect(lenient(text)).toBeDefined();
  });

  it("takes characters written as pairs", () => {
    expect(strict(String.raw`{"a":"\ud83c\udf4e \u0041 日本"}`)).toEqual({ a: "🍎 A 日本" });
  });

  it.each([
    "9007199254740993",
    "-9007199254740993",
    "1e400",
    "-1E400",
    "1e-400",
    "-0",
    "-0.0",
    "123456789012345678901234567890",
    "3.14159265358979323846",
    "NaN",
    "-Infinity",
  ])("with the number %s that cannot be kept is number_out_of_range", (number) => {
    for (const text of [
      number,
      ` ${number}`,
      `{"a":${number}}`,
      `{"a": ${number} }`,
      `[1,${number}]`,
      `{"a":[{"b":\t${number}}]}`,
    ])
      expect(failureOf(() => strict(text)).code).toBe("number_out_of_range");
  });

  it.each([
    ["0", 0],
    ["0.1", 0.1],
    ["-12.50", -12.5],
    ["1.5e3", 1_500],
    ["15E-1", 1.5],
    ["1e21", 1e21],
    ["100000000000000000000000", 1e23],
    ["9007199254740991", 9_007_199_254_740_991],
    ["9007199254740992", 9_007_199_254_740_992],
    ["0.30000000000000004", 0.30000000000000004],
    ["35.65910807942221", 35.65910807942221],
    ["5e-324", 5e-324],
    ["0e5", 0],
    ["0.0", 0],
    ["1700000000000", 1_700_000_000_000],
  ])("keeps the number %s", (text, value) => {
    expect(strict(text)).toBe(value);
    expect(strict(`{"a":${text}}`)).toEqual({ a: value });
  });

  it("keeps numbers as they come where LINE writes them", () => {
    expect(lenient('{"a":9007199254740993}')).toEqual({ a: 9_007_199_254_740_992 });
  });

  it("of many rows is checked row by row where that is asked, and elsewhere as a whole", () => {
    const rows = (text: string): unknown =>
      parseJson(Buffer.from(text), { depth: 32, rows: "rows" });
    const read = rows(
      String.raw`{"rows":[{"a":1},{"a":"\ud800"},{"b":{"__proto__":1}},1e400,"x"]}`,
    );
    const { rows: judged } = read as { rows: unknown[] };
    expect(judged.map((row) => (row instanceof Failure ? [row.code, row.field] : row))).toEqual([
      { a: 1 },
      ["unicode_invalid", "a"],
      ["key_forbidden", "b.__proto__"],
      ["number_out_of_range", undefined],
      "x",
    ]);
    expect(JSON.parse(JSON.stringify(rows('{"rows":[{"constructor":1}],"b":1}')))).toMatchObject({
      b: 1,
    });
    expect(rows('{"rows":{"a":1}}')).toEqual({ rows: { a: 1 } });
    for (const text of [
      '{"rows":[],"b":{"__proto__":1}}',
      '{"rows":{"constructor":1}}',
      '[{"constructor":1}]',
    ])
      expect(failureOf(() => rows(text)).code).toBe("key_forbidden");
  });

  it("counts the last of equal keys", () => {
    expect(strict('{"id":"a","id":"b"}')).toEqual({ id: "b" });
  });

  it(
    "of a megabyte is read in no time, also when it is made to be slow",
    { timeout: 60_000 },
    () => {
      const texts = [
        `["${"1".repeat(1_000_000)}"]`,
        `["${"\\\\".repeat(500_000)}"]`,
        `[${"1,".repeat(500_000)}1]`,
        JSON.stringify(Array.from({ length: 20_000 }, (_, i) => ({ id: `${i}e5`, n: i + 0.5 }))),
        `[${"-".repeat(1_000_000)}`,
        `[${" 1".repeat(300_000)}`,
        `[1.${"0".repeat(1_000_000)}1]`,
        `[${"1e1,".repeat(250_000)}1]`,
      ];
      for (const text of texts) {
        const startedAt = performance.now();
        expect(endOf(text)).toMatch(/^(taken|json_\w+|number_\w+)$/);
        expect(performance.now() - startedAt).toBeLessThan(10_000);
      }
    },
  );
});
