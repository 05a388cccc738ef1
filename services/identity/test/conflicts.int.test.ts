import { aliasKey, newId, type LinkProofKind, type PersonCommand } from "@yubin/types";
import { expect, it } from "vitest";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { identify, lineUser, workspaceId } from "./made-events.ts";
import { openPeopleWorld } from "./people-world.ts";

const lineUserId = lineUser(1);

/** Two known people who claim one LINE ID, which is the first one's by a server's word. */
const setup = async () => {
  const world = await openPeopleWorld();
  const tell = async (event: InboxEvent): Promise<void> => {
    await world.keep([event]);
    await world.apply([event]);
  };
  const claim = (userId: string, proof: LinkProofKind): Promise<void> => {
    const call = identify({ userId, lineUserId });
    return tell({ ...call, receivedAt: new Date(), body: { ...call.body, proof } });
  };
  const command = (type: PersonCommand, body: InboxEvent["body"]): Promise<void> => {
    const id = `${workspaceId}/api/${newId("evt")}`;
    return tell(identify({}, { id, source: "api", type, body }));
  };
  const homeOf = async (value: string): Promise<string> => {
    const _id = aliasKey(workspaceId, { kind: "user", value });
    return (await world.store.aliases.findOne({ _id }))?.profileId ?? "";
  };
  const conflict = () => world.store.conflicts.findOne({});
  const give = async (to: string): Promise<void> =>
    command("resolve", { conflictId: (await conflict())?._id ?? "", to: await homeOf(to) });
  await claim("first", "server_key");
  await claim("second", "link_page");
  return { world, claim, conflict, give, command, homeOf };
};

it("does not ask again about whoever was decided against, unless a better proof comes", async () => {
  const { claim, conflict, give } = await setup();
  await give("first");
  for (const proof of ["link_page", "server_key", "link_code"] as const)
    await claim("second", proof);
  expect(await conflict()).toMatchObject({ state: "resolved" });
  await claim("second", "id_token");
  expect(await conflict()).toMatchObject({ state: "open" });
});

it("does not ask again about whoever had it before", async () => {
  const { claim, conflict, give } = await setup();
  await give("second");
  await claim("first", "server_key");
  expect(await conflict()).toMatchObject({ state: "resolved" });
  await claim("first", "account_link");
  expect(await conflict()).toMatchObject({ state: "open" });
});

it("asks again when a merge that settled it is undone", async () => {
  const { world, claim, conflict, command, homeOf } = await setup();
  await command("merge", { from: await homeOf("second"), into: await homeOf("first") });
  expect(await conflict()).toMatchObject({ state: "resolved", resolvedBy: "merge" });
  const mergeId = (await world.store.merges.findOne({}))?._id;
  await command("undo", { mergeId });
  await claim("second", "link_page");
  expect(await conflict()).toMatchObject({ state: "open", resolvedBy: null });
  expect((await conflict())?.claimants).toHaveLength(1);
});

it("stays a row of bounded size where one LINE ID is sent for everybody", async () => {
  const { world, conflict } = await setup();
  const calls = Array.from({ length: 120 }, (_, n) =>
    identify({ userId: `user-${n}`, lineUserId }),
  );
  await world.keep(calls);
  await world.apply(calls);
  expect((await conflict())?.claimants).toHaveLength(100);
  expect(await world.store.events.countDocuments({ reason: "conflict_pending" })).toBe(121);
});

it("is over when the LINE ID is taken from its holder, and is asked about again when two claim it anew", async () => {
  const { claim, conflict, command, homeOf } = await setup();
  await command("unlink", { profileId: await homeOf("first"), provider: "main", lineUserId });
  expect(await conflict()).toMatchObject({ state: "resolved", resolvedBy: "unlink" });
  await claim("second", "server_key");
  expect(await conflict()).toMatchObject({ state: "resolved" });
  await claim("first", "server_key");
  expect(await conflict()).toMatchObject({ state: "open", resolvedBy: null });
});
