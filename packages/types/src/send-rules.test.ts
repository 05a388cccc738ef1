import { expect, it } from "vitest";

import { sendRequest } from "./messages.ts";
import { rulesFor, workspaceRulesOf } from "./rules-for.ts";
import { purposeName, sendRulesOf, type SendRulesAsked } from "./send-rules.ts";

const night = { from: "21:00", to: "08:00", zone: "Asia/Tokyo", do: "hold" } as const;
const cap = { messages: 3, days: 7 };
const own = { quietHours: { ...night, from: "23:00" }, cap: { messages: 1, days: 1 } };
const workspace = workspaceRulesOf({ quietHours: night, cap });
const rulesOf = (asked: Parameters<typeof sendRulesOf>[0], purpose: string | null = "offers") => {
  const { quietHours, cap: capped } = rulesFor({ purpose, ...sendRulesOf(asked) }, workspace, {
    isCampaign: false,
  });
  return { quietHours, cap: capped };
};

it("goes by what is said, by the workspace where nothing is, and by nothing where the word is none", () => {
  expect(rulesOf(own)).toEqual(own);
  expect(rulesOf({})).toEqual({ quietHours: night, cap });
  expect(rulesOf({ quietHours: null, cap: null })).toEqual({ quietHours: night, cap });
  expect(rulesOf({ quietHours: "none", cap: "none" })).toEqual({ quietHours: null, cap: null });
  expect(rulesOf({ quietHours: "none" })).toEqual({ quietHours: null, cap });
  // Nobody is disturbed by what they wait for.
  expect(rulesOf({ quietHours: null, cap: null }, null)).toEqual({ quietHours: null, cap: null });
});

it("takes rows that say nothing as those in which nothing was said", () => {
  const asked: SendRulesAsked = { sendBefore: null };
  expect(rulesFor({ purpose: null, ...asked }, workspace, { isCampaign: true })).toMatchObject({
    quietHours: night,
    cap,
  });
});

it("has null for every rule, and no other word than none", () => {
  const ask = (more: object) =>
    sendRequest.safeParse({ to: "user:a", channelId: "c", templateId: "t", ...more }).success;
  const said = { purpose: null, sendBefore: null, quietHours: null, cap: null };
  expect(ask(said)).toBe(true);
  expect(sendRulesOf(said)).toEqual(sendRulesOf({}));
  expect(ask({ quietHours: "none", cap: "none" })).toBe(true);
  for (const field of Object.keys(said)) expect(ask({ [field]: "" }), field).toBe(false);
  for (const field of ["quietHours", "cap"]) expect(ask({ [field]: "workspace" })).toBe(false);
});

it.each(["__proto__", "constructor", "a.b", "$where", "new\nline", "\ud800", ""])(
  "takes no purpose that nobody could withdraw: %j",
  (purpose) => {
    expect(purposeName.safeParse(purpose).success).toBe(false);
  },
);

it("takes a purpose in any language", () => {
  for (const purpose of ["offers", "New arrivals", "お知らせ"])
    expect(purposeName.safeParse(purpose).success).toBe(true);
});
