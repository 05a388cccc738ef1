import { aliasKey, lineAlias } from "@yubin/types";
import { expect, it } from "vitest";

import { createDraft } from "./draft.ts";
import { linkAccount } from "./link-account.ts";
import { newProfile } from "./profile.ts";

const now = new Date("2026-11-26T09:00:00Z");
const lineUserId = `U${"a1".repeat(16)}`;
const alias = lineAlias("main", lineUserId);
const giver = newProfile("prof_giver", "ws_main", now);
const taker = newProfile("prof_taker", "ws_main", now);

const draftOf = (erasedAt: Date | null) => {
  const proof = { kind: "server_key", eventId: "event-1", at: now } as const;
  const lineAccounts = linkAccount([], { provider: "main", lineUserId, proof });
  const held = {
    ...alias,
    workspaceId: "ws_main",
    homeId: taker.id,
    proof: "server_key",
    provenAt: now,
    movedFrom: giver.id,
    formerHomes: [],
    movedBy: "event-2",
  };
  return createDraft(
    {
      aliases: new Map([[aliasKey("ws_main", alias), held]]),
      profiles: new Map([
        [giver.id, { ...giver, lineAccounts }],
        [taker.id, { ...taker, erasedAt }],
      ]),
    },
    { now, undoWindowMs: 0 },
  );
};

it("brings an account that is on its way to whom it was given to", () => {
  const draft = draftOf(null);
  expect(draft.profile(taker.id, "ws_main").lineAccounts).toMatchObject([{ lineUserId }]);
  expect(draft.profile(giver.id, "ws_main").lineAccounts).toEqual([]);
});

it("brings nothing to somebody who is being erased", () => {
  const draft = draftOf(now);
  expect(draft.profile(taker.id, "ws_main").lineAccounts).toEqual([]);
  expect(draft.changes().updates).toEqual([]);
});
