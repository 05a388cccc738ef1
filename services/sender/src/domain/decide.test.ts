import { expect, it } from "vitest";

import { decide, type Person } from "./decide.ts";

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
  family: ["prof_1"],
  unfinished: false,
  erased: false,
  accounts: [account("Ua", "following")],
  ...more,
});

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
