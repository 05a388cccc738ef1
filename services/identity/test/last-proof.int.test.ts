import { aliasKey, newId } from "@yubin/types";
import { expect, it } from "vitest";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { identify, lineEvent, lineUser, workspaceId } from "./made-events.ts";
import { brokenPromises, openPeopleWorld, type PeopleWorld } from "./people-world.ts";

const line = lineUser(1);
const second = (n: number): Date => new Date(1_765_000_000_000 + n * 1_000);
const proves = (userId: string, at: number): InboxEvent =>
  identify({ userId, lineUserId: line }, { occurredAt: second(at), receivedAt: new Date() });
const command = (type: string, body: InboxEvent["body"], at: number): InboxEvent =>
  identify(
    {},
    {
      id: `${workspaceId}/api/${newId("evt")}`,
      source: "api",
      type,
      body,
      occurredAt: second(at),
      receivedAt: new Date(),
    },
  );

const openWorldOfLastProof = async () => {
  const world = await openPeopleWorld();
  const rules = { conflictPolicy: "last_proof_wins" as const };
  await world.store.workspaces.updateOne({ _id: workspaceId }, { $set: rules }, { upsert: true });
  /** One after the other; why the last had less than its whole effect. */
  const tell = async (...events: InboxEvent[]): Promise<string | null | undefined> => {
    for (const event of events) {
      await world.keep([event]);
      await world.apply([event]);
    }
    const last = await world.store.events.findOne({ _id: events.at(-1)?.id ?? "" });
    return last?.reason;
  };
  return { world, tell };
};

const homeOf = async ({ store }: PeopleWorld, value: string): Promise<string> =>
  (await store.aliases.findOne({ _id: aliasKey(workspaceId, { kind: "user", value }) }))
    ?.profileId ?? "";

const ownersOf = async ({ store }: PeopleWorld) =>
  (await store.profiles.find({ "lineAccounts.lineUserId": line, mergedInto: null }).toArray()).map(
    ({ externalId }) => externalId,
  );

/** The row of the LINE ID's moves, with external ids for profiles. */
const told = async (world: PeopleWorld, ...userIds: string[]) => {
  const row = await world.store.conflicts.findOne({ lineUserId: line });
  const homes = await Promise.all(
    userIds.map(async (userId) => [await homeOf(world, userId), userId] as const),
  );
  const names = new Map(homes);
  return {
    id: row?._id,
    state: row?.state,
    by: row?.resolvedBy,
    from: names.get(row?.holderId ?? ""),
    to: names.get(row?.resolvedTo ?? ""),
    parties: row?.claimants.map(({ profileId }) => names.get(profileId)),
  };
};

it("counts what the holder proved again", async () => {
  const { world, tell } = await openWorldOfLastProof();
  await tell(proves("a", 1), proves("a", 30));
  expect(await tell(proves("b", 20))).toBe("proof_outdated");
  expect(await ownersOf(world)).toEqual(["a"]);
  expect(await tell(proves("b", 31))).toBe("line_id_moved");
  expect(await ownersOf(world)).toEqual(["b"]);
});

it("does not take what LINE tells for a proof of anybody", async () => {
  const { world, tell } = await openWorldOfLastProof();
  await tell(lineEvent("follow", line, { occurredAt: second(50) }), proves("a", 1));
  expect(await tell(proves("b", 20))).toBe("line_id_moved");
  expect(await ownersOf(world)).toEqual(["b"]);
});

it("does not undo by an older proof what people decided", async () => {
  const { world, tell } = await openWorldOfLastProof();
  await tell(proves("a", 1), proves("b", 20));
  const { id: conflictId } = await told(world, "a", "b");
  expect(await tell(command("resolve", { conflictId, to: await homeOf(world, "a") }, 40))).toBe(
    null,
  );
  expect(await tell(proves("b", 30))).toBe("proof_outdated");
  expect(await ownersOf(world)).toEqual(["a"]);
});

it("tells from whom to whom a LINE ID went, and anybody who had it can be given it again", async () => {
  const { world, tell } = await openWorldOfLastProof();
  await tell(proves("a", 1), proves("b", 2), proves("c", 3));
  const row = await told(world, "a", "b", "c");
  expect(row).toMatchObject({ state: "resolved", by: "last_proof_wins", from: "b", to: "c" });
  expect(row.parties?.toSorted()).toEqual(["a", "b", "c"]);
  const back = command("resolve", { conflictId: row.id, to: await homeOf(world, "a") }, 10);
  expect(await tell(back)).toBeNull();
  expect(await ownersOf(world)).toEqual(["a"]);
});

it("tells it also where the process died before it could", async () => {
  const { world, tell } = await openWorldOfLastProof();
  await tell(proves("a", 1));
  const claim = proves("b", 2);
  await world.keep([claim]);
  const died = new Promise<void>((resolve) => {
    const step = (name: string): Promise<void> | undefined => {
      if (name !== "conflict") return undefined;
      resolve();
      return new Promise(() => undefined);
    };
    void world.apply([claim], { step });
  });
  await died;
  await world.apply([claim]);
  expect(await told(world, "a", "b")).toMatchObject({ by: "last_proof_wins", from: "a", to: "b" });
});

it("does not tell of an older move what a newer one has told", async () => {
  const { world, tell } = await openWorldOfLastProof();
  await tell(proves("a", 1));
  const slow = proves("b", 2);
  await world.keep([slow]);
  let isFirst = true;
  await world.apply([slow], {
    step: async (name) => {
      if (name !== "conflict" || !isFirst) return;
      isFirst = false;
      await tell(proves("c", 3));
    },
  });
  expect(await told(world, "a", "b", "c")).toMatchObject({ from: "b", to: "c" });
  expect(await ownersOf(world)).toEqual(["c"]);
});

it("leaves to people whom people told apart, and nobody behind whom no name leads to", async () => {
  const { world, tell } = await openWorldOfLastProof();
  const user = identify({ userId: "a" }, { occurredAt: second(2) });
  await tell(lineEvent("follow", line, { occurredAt: second(1) }), user, proves("a", 3));
  const mergeId = (await world.store.merges.findOne({}))?._id;
  await tell(command("undo", { mergeId }, 4));
  expect(await tell(proves("a", 5))).toBe("conflict_pending");
  expect(await brokenPromises(world.store)).toEqual([]);
  const conflictId = (await world.store.conflicts.findOne({ state: "open" }))?._id;
  await tell(command("resolve", { conflictId, to: await homeOf(world, "a") }, 6));
  expect(await ownersOf(world)).toEqual(["a"]);
  expect(await brokenPromises(world.store)).toEqual([]);
});
