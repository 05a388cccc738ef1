import { expect, it } from "vitest";

import { absorb } from "./absorb.ts";
import { newProfile, type LineAccount, type Profile } from "./profile.ts";

const at = (second: number): Date => new Date(second * 1_000);
const profile = (id: string, more: Partial<Profile>): Profile => ({
  ...newProfile(id, "ws", at(0)),
  ...more,
});
const older = (more: Partial<Profile>): Profile => profile("prof_1", more);
const younger = (more: Partial<Profile>): Profile => profile("prof_2", more);

it("LINE accounts are all kept, each with the better proof and the newest word of each friendship", () => {
  const account = (more: Partial<LineAccount>): LineAccount => ({
    provider: "main",
    lineUserId: "U1",
    displayName: null,
    pictureUrl: null,
    language: null,
    fetchedAt: null,
    linkedAt: at(5),
    proof: { kind: "event", at: at(5) },
    friendship: {},
    ...more,
  });
  const proof = { kind: "id_token", at: at(9) } as const;
  const word = (state: "following" | "blocked", second: number) => ({
    state,
    at: at(second),
    eventId: `e${second}`,
  });
  const { profile: one } = absorb(
    older({ lineAccounts: [account({ friendship: { c1: word("following", 2) } })] }),
    younger({
      lineAccounts: [
        account({ proof, friendship: { c1: word("blocked", 3), c2: word("following", 1) } }),
        account({ lineUserId: "U2" }),
        account({ provider: "other" }),
      ],
    }),
  );
  expect(one.lineAccounts).toEqual([
    account({ proof, friendship: { c1: word("blocked", 3), c2: word("following", 1) } }),
    account({ lineUserId: "U2" }),
    account({ provider: "other" }),
  ]);
});
