import { expect, it } from "vitest";

import { newProfile } from "./profile.ts";
import { linkAccount } from "./link-account.ts";
import { setName } from "./set-name.ts";

const [account] = linkAccount(newProfile("prof_1", "ws_main", new Date(0)).lineAccounts, {
  provider: "main",
  lineUserId: "U1",
  proof: { kind: "follow", at: new Date(0) },
});
if (!account) throw new Error("linked");

it("takes the name that was asked for last, whichever answer comes last", () => {
  const older = { name: { displayName: "Old" }, at: new Date(1) };
  const newer = { name: { displayName: "New", language: "ja" }, at: new Date(2) };
  for (const [first, second] of [
    [older, newer],
    [newer, older],
  ] as const) {
    const end = setName(setName(account, first.name, first.at), second.name, second.at);
    expect(end).toMatchObject({ displayName: "New", language: "ja", fetchedAt: new Date(2) });
  }
});

it("erases nothing when LINE does not say who somebody is", () => {
  const named = setName(account, { displayName: "Yuki" }, new Date(1));
  expect(setName(named, undefined, new Date(2))).toEqual({ ...named, fetchedAt: new Date(2) });
  expect(setName(named, { displayName: "" }, new Date(2)).displayName).toBe("Yuki");
});
