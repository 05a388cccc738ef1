import { describe, expect, it } from "vitest";

import { audienceFilter } from "./audience-filter.ts";

const wrongIn = (given: unknown) => {
  const parsed = audienceFilter.safeParse(given);
  if (parsed.success) return undefined;
  const [issue] = parsed.error.issues;
  if (issue?.code !== "custom") return issue?.code;
  return (issue.params?.["failure"] as { code: string } | undefined)?.code ?? "custom";
};
const nested = (levels: number): unknown =>
  levels === 1 ? { trait: "a", is: 1 } : { not: nested(levels - 1) };
const fromJson = (text: string): unknown => JSON.parse(text);

describe("a filter", () => {
  it.each([
    { trait: "plan", is: "pro" },
    { trait: "age", gte: 18, lt: 65 },
    { trait: "plan", in: ["pro", null, 1, true] },
    { trait: "city", exists: false },
    { trait: "city", startsWith: ".*$" },
    { consent: "marketing", is: "unknown" },
    { friendship: "blocked", channelId: "chan_2" },
    { externalId: { exists: true } },
    { createdAt: { after: { daysAgo: 30 }, before: "2026-11-25T00:00:00+09:00" } },
    { lastFollow: { before: { daysAgo: 0.5 } } },
    { all: [{ any: [{ trait: "a", is: 1 }] }, { not: { trait: "b", isNot: false } }] },
  ])("is taken as it is: %j", (filter) => {
    expect(audienceFilter.parse(filter)).toEqual(filter);
  });

  it.each([
    [{ id: { $gt: "" } }, "field_not_allowed"],
    [{ _id: "x" }, "field_not_allowed"],
    [{ $where: "1" }, "field_not_allowed"],
    [{ "traits.plan": "pro" }, "field_not_allowed"],
    [{ name: { regex: "(a+)+$" } }, "field_not_allowed"],
    [{}, "field_not_allowed"],
    [{ trait: "plan", is: { $gt: "" } }, "invalid_union"],
    [{ trait: "plan", is: ["pro"] }, "invalid_union"],
    [{ trait: { $ne: null }, is: 1 }, "invalid_type"],
    [{ trait: "plan", $regex: "x" }, "unrecognized_keys"],
    [{ trait: "plan", regex: "x" }, "unrecognized_keys"],
    [{ trait: "plan" }, "custom"],
    [{ trait: "$set", is: 1 }, "key_invalid"],
    [{ trait: "a.b", is: 1 }, "key_invalid"],
    // Shown among the traits, and none of them: it is made up from the LINE IDs.
    [{ trait: "line_id", exists: true }, "field_not_allowed"],
    [{ trait: "", is: 1 }, "too_small"],
    [{ trait: "a".repeat(65), is: 1 }, "too_big"],
    [{ trait: "__proto__", is: 1 }, "key_forbidden"],
    [{ consent: "constructor", is: "given" }, "key_forbidden"],
    [{ consent: "marketing", is: true }, "invalid_value"],
    [fromJson('{"__proto__":{"trait":"a"}}'), "key_forbidden"],
    [fromJson('{"trait":"a","is":1,"__proto__":{}}'), "key_forbidden"],
    [fromJson('{"all":[{"trait":"a","is":1,"constructor":{}}]}'), "key_forbidden"],
    [{ trait: "a", is: "\ud800" }, "unicode_invalid"],
    [{ trait: "a", startsWith: "a\0" }, "unicode_invalid"],
    [{ trait: "a", is: 2 ** 53 }, "number_out_of_range"],
    [{ trait: "a", gt: true }, "invalid_union"],
    [{ trait: "a", in: [] }, "too_small"],
    [{ trait: "a", in: Array.from({ length: 501 }, () => 1) }, "too_big"],
    [{ createdAt: { before: "2024-02-30T00:00:00Z" } }, "date_invalid"],
    [{ createdAt: { before: "2024-02-03" } }, "date_invalid"],
    [{ createdAt: { before: 1_700_000_000 } }, "date_invalid"],
    [{ createdAt: { after: { daysAgo: -1 } } }, "too_small"],
    [{ createdAt: {} }, "custom"],
    [{ lastFollow: { since: "2024-02-03T00:00:00Z" } }, "unrecognized_keys"],
    [{ friendship: "following", channelId: "a.b" }, "invalid_format"],
    [{ all: [] }, "request_invalid"],
    [{ all: {} }, "invalid_type"],
    [{ all: [{ trait: "a", is: 1 }], any: [{ trait: "a", is: 1 }] }, "unrecognized_keys"],
    [{ not: [{ trait: "a", is: 1 }] }, "invalid_type"],
    [null, "invalid_type"],
    [[], "invalid_type"],
    ["all", "invalid_type"],
  ])("is refused, and why is told: %j", (filter, code) => {
    expect(wrongIn(filter)).toBe(code);
  });

  it("is at most five levels deep and fifty conditions wide", () => {
    const one = { trait: "a", is: 1 };
    expect(wrongIn(nested(5))).toBeUndefined();
    expect(wrongIn(nested(6))).toBe("limit_exceeded");
    expect(wrongIn({ all: Array.from({ length: 50 }, () => one) })).toBeUndefined();
    expect(wrongIn({ all: Array.from({ length: 51 }, () => one) })).toBe("limit_exceeded");
    const half = { any: Array.from({ length: 26 }, () => one) };
    expect(wrongIn({ all: [half, half] })).toBe("limit_exceeded");
    expect(wrongIn({ trait: "a", in: Array.from({ length: 500 }, () => "x") })).toBeUndefined();
  });
});
