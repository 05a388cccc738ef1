import { newReplyToken } from "@yubin/store";
import { expect, it } from "vitest";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { factPrefix, newFact } from "../src/domain/listing-fact.ts";
import { createBackfills } from "../src/store/backfills.ts";
import { createListingFacts } from "../src/store/listing-facts.ts";
import { createReconciliationStarts } from "../src/store/due-reconciliations.ts";
import { createReconciliations } from "../src/store/reconciliations.ts";
import { createUnappliedEvents } from "../src/store/unapplied-events.ts";
import { newBackfillRow } from "./follower-world.ts";
import { channelId, lineEvent, lineUser, workspaceId } from "./made-events.ts";
import { openPeopleWorld, type PeopleWorld } from "./people-world.ts";

const later = new Date(Date.now() + 3_600_000);

/** Each writes onto an event's row. */
const writes: Record<string, (world: PeopleWorld, event: InboxEvent) => Promise<void>> = {
  end: ({ people }, event) =>
    people.end([{ event, state: "applied", reason: null, profileId: null }], later),
  countFailure: ({ people }, event) => people.countFailure(event, later),
  purge: ({ people }, event) => people.purge(event.workspaceId, [event.id], later),
  postpone: ({ store }, event) => createUnappliedEvents(store).postpone([event], later),
};

it.each(Object.entries(writes))("%s changes no event of another workspace", async (_, write) => {
  const world = await openPeopleWorld();
  const event = lineEvent("follow", lineUser(1));
  await world.keep([event]);
  const rowNow = () => world.store.events.findOne({ _id: event.id });
  const before = await rowNow();

  await write(world, { ...event, workspaceId: "ws_other" });
  expect(await rowNow()).toEqual(before);
  await write(world, event);
  expect(await rowNow()).not.toEqual(before);
});

it("takes away no reply token of another workspace", async () => {
  const world = await openPeopleWorld();
  const { store, people } = world;
  const event = lineEvent("message", lineUser(1));
  const of = { channelId, lineUserId: lineUser(1), eventId: event.eventId };
  await world.keep([event]);
  const erasure = {
    id: "e",
    profileIds: ["p"],
    names: [{ key: "k", kind: "line/main", value: lineUser(1), movedFrom: null, formerHomes: [] }],
    requestedAt: later,
  };
  const takings: ((by: string) => Promise<void>)[] = [
    (by) => people.purge(by, [event.id], later),
    async (by) => {
      await people.openErasure({ ...erasure, id: by, workspaceId: by });
      await people.dropTraces(by, by);
    },
  ];
  for (const take of takings) {
    await store.replyTokens.insertOne(newReplyToken({ ...of, workspaceId, token: "t" }, later));
    await take("ws_other");
    expect(await store.replyTokens.countDocuments()).toBe(1);
    await take(workspaceId);
    expect(await store.replyTokens.countDocuments()).toBe(0);
  }
});

it("takes back no message that another workspace has traced", async () => {
  const { people } = await openPeopleWorld();
  const trace = (ofWorkspace: string, unsent: boolean) => ({
    workspaceId: ofWorkspace,
    channelId,
    messageId: unsent ? "1" : "2",
    eventRowId: `${ofWorkspace}/${unsent}`,
    unsent,
    expireAt: later,
  });
  const theirs = trace("ws_other", false);
  const theirUnsend = { ...trace("ws_other", true), messageId: "3" };
  await people.traceMessages([theirs, theirUnsend]);

  const unsendOfTheirs = { ...trace("ws_main", true), messageId: theirs.messageId };
  const takenByThem = { ...trace("ws_main", false), messageId: theirUnsend.messageId };
  expect(await people.traceMessages([unsendOfTheirs, takenByThem])).toEqual([]);
  const unsend = { ...theirUnsend, messageId: theirs.messageId };
  expect(await people.traceMessages([unsend])).toEqual([theirs.eventRowId]);
});

it("works on no backfill or check of another workspace, and counts none of its events", async () => {
  const { store } = await openPeopleWorld();
  const backfills = createBackfills(store);
  const reconciliations = createReconciliations(store);
  const now = new Date();
  await store.backfills.insertOne(newBackfillRow("backfill_1"));
  await createReconciliationStarts(store)(now);

  expect(await backfills.claim("ws_other", "backfill_1", now)).toBeUndefined();
  const held = await backfills.claim(workspaceId, "backfill_1", now);
  if (!held) throw new Error("it is ours");
  const theirs = { ...held, workspaceId: "ws_other" };
  expect(await backfills.renew(theirs, now)).toBe(false);
  expect(await backfills.save(theirs, { found: 1 }, now)).toBeUndefined();
  await backfills.release(theirs, later);
  expect(await backfills.renew(held, now)).toBe(true);
  expect(await backfills.save(held, { found: 1 }, now)).toMatchObject({ found: 1 });

  expect(await reconciliations.claim("ws_other", channelId, now)).toBeUndefined();
  const row = await reconciliations.claim(workspaceId, channelId, now);
  if (!row) throw new Error("it is ours");
  const other = { ...row, workspaceId: "ws_other" };
  expect(await reconciliations.renew(other, now)).toBe(false);
  expect(await reconciliations.save(other, { checked: 1 }, now)).toBeUndefined();
  await reconciliations.keepListed(row, [lineUser(1)], now);
  expect(await reconciliations.findListed(other, [lineUser(1)])).toEqual(new Set());
  expect(await reconciliations.findListed(row, [lineUser(1)])).toEqual(new Set([lineUser(1)]));

  const facts = createListingFacts(store);
  const listing = { workspaceId, channelId, key: "backfill_1", by: "backfill" } as const;
  const said = { type: "followerFound", lineUserId: lineUser(1), asOf: now } as const;
  await facts.insert([newFact(listing, said, now)]);
  expect(await facts.count("ws_other", factPrefix(listing))).toMatchObject({ total: 0 });
  expect(await facts.count(workspaceId, factPrefix(listing))).toMatchObject({ total: 1 });
});
