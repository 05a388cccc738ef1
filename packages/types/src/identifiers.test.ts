import { expect, it } from "vitest";

import { canonicalId, checkEmail, checkIdentifier } from "./identifiers.ts";

it.each([
  "42",
  "u-1",
  "a@example.com",
  "山田",
  "a b",
  "Ünïcode",
  "урок",
  "x".repeat(255),
  "O'Neil/1:2",
])("takes the id %j", (id) => {
  expect(checkIdentifier(id, "userId")).toBeUndefined();
});

it.each([
  "null",
  "NULL",
  " undefined ",
  "NaN",
  "[object Object]",
  "test",
  "0",
  "",
  "   ",
  "０",
  "\u3000",
])("refuses %j as standing for nobody", (id) => {
  expect(checkIdentifier(id, "userId")?.code).toBe("identifier_reserved");
});

it.each([
  ["a zero-width space", "a\u200bb"],
  ["a right-to-left override", "a\u202eb"],
  ["a control character", "a\u0007b"],
  ["a line feed", "a\nb"],
  ["a NUL", "a\0b"],
  ["a Hangul filler", "a\u3164b"],
  ["a no-break space", "a\u00a0b"],
  ["a byte order mark", "\ufeffab"],
  ["a tag character", "ab\u{e0041}"],
  ["an outer space", " ab"],
  ["256 characters", "x".repeat(256)],
])("refuses an id with %s", (_, id) => {
  expect(checkIdentifier(id, "userId")?.code).toBe("identifier_invalid");
});

it("refuses a lone surrogate", () => {
  expect(checkIdentifier("a\ud800", "userId")?.code).toBe("unicode_invalid");
});

it("makes composed and decomposed spellings one id", () => {
  expect(canonicalId("Ame\u0301lie")).toBe(canonicalId("Am\u00e9lie"));
});

it.each(["a@b.co", "first.last+tag@sub.example.co.jp", "山田@例え.jp"])(
  "takes the e-mail %s",
  (email) => {
    expect(checkEmail(email, "traits.email")).toBeUndefined();
  },
);

it.each([
  "",
  "a",
  "@b",
  "a@",
  "a@@b",
  "a b@c.d",
  "a@b..c",
  "a@.b",
  "a@b.",
  `${"a".repeat(10_000)}@`,
  "a@b\n",
])("refuses the e-mail %j at once", (email) => {
  const before = process.cpuUsage(); // by the clock, a busy machine takes as long as it likes
  expect(checkEmail(email, "traits.email")?.code).toBe("email_invalid");
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(50);
});
