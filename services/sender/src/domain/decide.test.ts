import { noRules, type SendRules } from "@yubin/types";
import { describe, expect, it } from "vitest";

import { decide as decideWith, type Decision, type Person } from "./decide.ts";

const channel = { id: "chan_1", provider: "acme" };
const account = (
  lineUserId: string,
  state?: "following" | "blocked",
): Person["accounts"][number] => ({
  provider: "acme",
  lineUserId,
  displayName: "Aiko",
  linkedAt: "2026-11-01T00:00:00Z",
  proof: { kind: "follow" },
  friendship: state === undefined ? {} : { chan_1: { state } },
});
const person = (more: Partial<Person> = {}): Person => ({
  profileId: "prof_1",
  externalId: null,
  traits: {},
  suppressed: false,
  consents: {},
  family: ["prof_1"],
  unfinished: false,
  erased: false,
  accounts: [account("Ua", "following")],
  ...more,
});

const now = new Date("2026-11-26T12:00:00Z"); // 21:00 in Tokyo
const decide = (
  one: Person | undefined,
  where: { readonly id: string; readonly provider: string },
  named?: string,
): Decision => decideWith(one, where, { rules: noRules, now }, named);
const by = (rules: Partial<SendRules>, one = person()): Decision =>
  decideWith(one, channel, { rules: { ...noRules, ...rules }, now });

it("sends to a friend of the channel", () => {
  expect(decide(person(), channel)).toEqual({
    kind: "send",
    lineUserId: "Ua",
    displayName: "Aiko",
  });
});

it.each([
  ["nobody", undefined, "not_found"],
  ["somebody erased", person({ erased: true, unfinished: true }), "erased"],
  ["a suppressed person", person({ suppressed: true }), "suppressed"],
  ["a person without a LINE ID here", person({ accounts: [] }), "no_line_id"],
  [
    "whoever blocked the channel",
    person({ accounts: [account("Ua", "blocked")] }),
    "not_following",
  ],
  ["whoever never followed it", person({ accounts: [account("Ua")] }), "not_following"],
  [
    "a friend of another provider's account",
    person({ accounts: [{ ...account("Ua", "following"), provider: "other" }] }),
    "no_line_id",
  ],
])("skips %s", (_, one, reason) => {
  expect(decide(one, channel)).toEqual({ kind: "skip", reason });
});

it("sends to the LINE ID that was asked for, or not at all", () => {
  const two = person({ accounts: [account("Ua", "following"), account("Ub", "blocked")] });
  expect(decide(two, channel, "Ub")).toEqual({ kind: "skip", reason: "not_following" });
  expect(decide(two, channel, "Uc")).toEqual({ kind: "skip", reason: "no_line_id" });
});

it("is not misled by a channel named like a method of objects", () => {
  expect(decide(person(), { id: "constructor", provider: "acme" })).toEqual({
    kind: "skip",
    reason: "not_following",
  });
});

describe("the rules of what is sent", () => {
  const granted = (purpose: string, isGranted: boolean): Person =>
    person({ consents: { [purpose]: { granted: isGranted } } });
  const skipped = (reason: string) => ({ kind: "skip", reason });

  it.each([
    ["withdrew", granted("offers", false), false, "no_consent"],
    ["gave", granted("offers", true), true, undefined],
    ["said nothing of", person(), false, undefined],
    ["said nothing of what must be agreed to", person(), true, "no_consent"],
    ["gave another", granted("news", true), true, "no_consent"],
    ["gave one named like a method of objects", granted("toString", true), true, "no_consent"],
  ])("consent: a person who %s", (_, one, needsConsent, reason) => {
    const decided = by({ purpose: "offers", needsConsent }, one);
    expect(decided.kind === "skip" ? decided.reason : undefined).toBe(reason);
  });

  it("without a purpose asks for no consent", () => {
    expect(by({}, granted("offers", false)).kind).toBe("send");
  });

  it("end at sendBefore, to the millisecond", () => {
    expect(by({ sendBefore: new Date(now.getTime() + 1) }).kind).toBe("send");
    expect(by({ sendBefore: now })).toEqual(skipped("expired"));
  });

  const quietHours = { from: "21:00", to: "08:00", zone: "Asia/Tokyo", do: "hold" } as const;

  it("let people wait for the end of their quiet hours, where they live", () => {
    expect(by({ quietHours })).toEqual({ kind: "hold", until: new Date("2026-11-26T23:00:00Z") });
    const abroad = person({ traits: { timezone: "Europe/London" } });
    expect(by({ quietHours }, abroad).kind).toBe("send");
  });

  it("leave people out where the rule says so, or where it would be too late afterwards", () => {
    expect(by({ quietHours: { ...quietHours, do: "skip" } })).toEqual(skipped("quiet_hours"));
    const sendBefore = new Date("2026-11-26T23:00:00Z");
    expect(by({ quietHours, sendBefore })).toEqual(skipped("quiet_hours"));
    expect(by({ quietHours, sendBefore: new Date(sendBefore.getTime() + 1) }).kind).toBe("hold");
  });

  it("say first what will not change", () => {
    const blocked = person({ accounts: [account("Ua", "blocked")] });
    expect(by({ quietHours }, blocked)).toEqual(skipped("not_following"));
    expect(by({ quietHours }, person({ suppressed: true }))).toEqual(skipped("suppressed"));
  });
});
