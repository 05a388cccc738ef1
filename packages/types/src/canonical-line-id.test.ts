import { expect, it } from "vitest";

import { canonicalLineId, type LinkedAccount } from "./canonical-line-id.ts";

const account = (lineUserId: string, more: Partial<LinkedAccount> = {}): LinkedAccount => ({
  provider: "main",
  lineUserId,
  linkedAt: "2026-11-01T00:00:00Z",
  proof: { kind: "follow" },
  friendship: {},
  ...more,
});
const following = { state: "following" } as const;
const blocked = { state: "blocked" } as const;

/** The rule must not depend on the order in which accounts are stored. */
const expectFirst = (first: LinkedAccount, other: LinkedAccount, channelId?: string): void => {
  expect(canonicalLineId([first, other], "main", channelId)).toBe(first.lineUserId);
  expect(canonicalLineId([other, first], "main", channelId)).toBe(first.lineUserId);
};

it("knows no LINE ID on a provider without an account", () => {
  expect(canonicalLineId([], "main")).toBeUndefined();
  expect(canonicalLineId([account("Ua", { provider: "other" })], "main")).toBeUndefined();
});

it("takes a friend of the channel before the better proven friend of another", () => {
  const friend = account("Ub", { friendship: { chan_1: following, chan_2: blocked } });
  const proven = account("Ua", {
    proof: { kind: "server_key" },
    friendship: { chan_2: following },
  });
  expectFirst(friend, proven, "chan_1");
  expectFirst(proven, friend, "chan_2");
});

it("takes a friend of any channel when none is given", () => {
  const friend = account("Ub", { friendship: { chan_2: following } });
  expectFirst(friend, account("Ua", { friendship: { chan_2: blocked } }));
});

it("takes the stronger proof, then the most recently linked, then the lower ID", () => {
  expectFirst(account("Ub", { proof: { kind: "server_key" } }), account("Ua"));
  expectFirst(account("Ub"), account("Ua", { proof: { kind: "event" } }));
  expectFirst(account("Ub", { linkedAt: new Date("2026-11-02T00:00:00Z") }), account("Ua"));
  expectFirst(account("Ua"), account("Ub"));
});

it("is not misled by a channel named like a method of objects", () => {
  expectFirst(account("Ua"), account("Ub"), "constructor");
});
