import { aliasKey, newId, type LinkProofKind, type PersonCommand } from "@yubin/types";
import { expect, it } from "vitest";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { identify, lineUser, workspaceId } from "./made-events.ts";
import { openPeopleWorld } from "./people-world.ts";

const lineUserId = lineUser(1);
const rules = { mergesPerHourMax: 20, undoWindowMs: 60_000 };
const line = { provider: "main", lineUserId };

/** Two known people, of whom the first has logged in with LINE. */
const setup = async (conflictPolicy: "hold" | "last_proof_wins" = "hold") => {
  const world = await openPeopleWorld();
  const tell = async (event: InboxEvent): Promise<void> => {
    await world.keep([event]);
    await world.apply([event], { rulesOf: async () => ({ ...rules, conflictPolicy }) });
  };
  const claim = (userId: string, proof: LinkProofKind): Promise<void> => {
    const call = identify({ userId, lineUserId });
    return tell({ ...call, body: { ...call.body, proof } });
  };
  const command = (type: PersonCommand, body: InboxEvent["body"]): Promise<void> => {
    const id = `${workspaceId}/api/${newId("evt")}`;
    return tell(identify({}, { id, source: "api", type, body }));
  };
  const homeOf = async (value: string): Promise<string> => {
    const _id = aliasKey(workspaceId, { kind: "user", value });
    return (await world.store.aliases.findOne({ _id }))?.profileId ?? "";
  };
  const proofs = async (): Promise<Record<string, string | undefined>> => {
    const rows = await world.store.profiles.find({ mergedInto: null }).toArray();
    return Object.fromEntries(
      rows.map((row) => [row.externalId ?? "nobody", row.lineAccounts[0]?.proof.kind]),
    );
  };
  await claim("first", "id_token");
  await tell(identify({ userId: "second" }));
  return { world, claim, command, homeOf, proofs };
};

it("does not hold one person's login for another's, when the last proof wins", async () => {
  const { claim, proofs } = await setup("last_proof_wins");
  await claim("second", "server_key");
  expect(await proofs()).toEqual({ first: undefined, second: "server_key" });
});

it("has the word of whoever decided a conflict for a proof, and no other", async () => {
  const { world, claim, command, homeOf, proofs } = await setup();
  await claim("second", "server_key");
  const conflict = await world.store.conflicts.findOne({});
  await command("resolve", { conflictId: conflict?._id ?? "", to: await homeOf("second") });
  expect(await proofs()).toEqual({ first: undefined, second: "server_key" });
});

it("forgets how somebody was linked when they are unlinked", async () => {
  const { claim, command, homeOf, proofs } = await setup();
  await command("unlink", { profileId: await homeOf("first"), ...line });
  expect(await proofs()).toEqual({ first: undefined, second: undefined, nobody: "event" });
  await claim("second", "server_key");
  expect(await proofs()).toEqual({ first: undefined, second: "server_key" });
});
