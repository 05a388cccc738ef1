import { Failure } from "@yubin/errors";
import { expect, it } from "vitest";

import { readPeopleFilter } from "./people-filter.ts";

const lineId = `U${"a".repeat(32)}`;
const refusalOf = (query: Record<string, unknown>): string => {
  try {
    readPeopleFilter(query);
  } catch (error) {
    if (error instanceof Failure) return `${error.code} ${error.field ?? ""}`.trim();
  }
  return "taken";
};

it("reads every filter, alone and together", () => {
  expect(readPeopleFilter({})).toEqual({});
  expect(
    readPeopleFilter({
      externalId: "rene\u0301",
      email: "Ann@Example.com",
      lineId,
      provider: "main",
      name: "a.*b",
      friendship: "chan_1:blocked",
      suppressed: "false",
      identified: "true",
      "attribute.plan": "pro",
      "attribute.age": "42",
      "attribute.vip": "true",
      "attribute.gone": "null",
    }),
  ).toEqual({
    externalId: "ren\u00e9",
    email: "ann@example.com",
    line: { lineUserId: lineId, provider: "main" },
    name: "a.*b",
    friendship: { channelId: "chan_1", state: "blocked" },
    suppressed: false,
    identified: true,
    attributes: [
      { key: "age", values: ["42", 42] },
      { key: "gone", values: ["null", null] },
      { key: "plan", values: ["pro"] },
      { key: "vip", values: ["true", true] },
    ],
  });
});

it.each(["042", "1e400", "4.20", " 42", "-0", "NaN", "Infinity"])("takes %s for a text", (text) => {
  expect(readPeopleFilter({ "attribute.n": text }).attributes).toEqual([
    { key: "n", values: [text] },
  ]);
});

it.each([
  [{ sort: "name" }, "field_not_allowed sort"],
  [{ orderBy: "name" }, "field_not_allowed orderBy"],
  [{ mergedInto: "prof_1" }, "field_not_allowed mergedInto"],
  [{ "traits.plan": "pro" }, "field_not_allowed traits.plan"],
  [{ "name[$regex]": ".*" }, "field_not_allowed name[$regex]"],
  [{ $where: "1" }, "field_not_allowed $where"],
  [{ nonsense: "1" }, "unknown_field nonsense"],
  [{ __proto__x: "1" }, "unknown_field __proto__x"],
  [{ constructor: "1" }, "unknown_field constructor"],
  [{ name: "" }, "param_invalid name"],
  [{ name: ["a", "b"] }, "param_invalid name"],
  [{ name: { $gt: "" } }, "param_invalid name"],
  [{ name: "a\0b" }, "param_invalid name"],
  [{ name: "\ud800" }, "param_invalid name"],
  [{ name: "n".repeat(201) }, "param_invalid name"],
  [{ suppressed: "yes" }, "param_invalid suppressed"],
  [{ identified: "" }, "param_invalid identified"],
  [{ friendship: "chan_1" }, "param_invalid friendship"],
  [{ friendship: "chan_1:liking" }, "param_invalid friendship"],
  [{ lineId: "U123" }, "param_invalid lineId"],
  [{ provider: "main" }, "param_invalid provider"],
  [{ lineId, provider: "a b" }, "param_invalid provider"],
  [{ "attribute.": "x" }, "key_invalid attribute"],
  [{ "attribute.$set": "x" }, "key_invalid attribute"],
  [{ "attribute.a.b": "x" }, "key_invalid attribute"],
  [{ "attribute.line_id": lineId }, "field_not_allowed attribute.line_id"],
  [{ "attribute.__proto__": "x" }, "key_forbidden attribute"],
  [{ "attribute.plan": ["a", "b"] }, "param_invalid plan"],
  [
    Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`attribute.k${n}`, "x"])),
    "limit_exceeded",
  ],
])("refuses %j", (query, expected) => {
  expect(refusalOf(query)).toBe(expected);
});
