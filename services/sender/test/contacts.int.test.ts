import { testServers } from "@yubin/servers/testing";
import {
  connectStore,
  newMessageBatch,
  packRecipients,
  toRanges,
  type BatchRow,
  type RecipientRow,
  type Store,
} from "@yubin/store";
import { newId } from "@yubin/types";
import { describe, expect, it } from "vitest";

import { createContacts } from "../src/store/contacts.ts";

const dayMs = 86_400_000;
const people = Array.from({ length: 200 }, (_, at) => `prof_${String(at).padStart(4, "0")}`);
const one = people[7] ?? "";

/** A store of its own, what it is asked, and how often one person was written to by it. */
const openContacts = async () => {
  const workspaceId = newId("ws");
  const now = new Date();
  let operations = 0;
  const store = await connectStore({
    url: testServers().mongoUrl,
    onOperation: () => (operations += 1),
  });
  const contacts = createContacts(store);
  const since = new Date(now.getTime() - 7 * dayMs);
  const count = async (coming = false): Promise<number> => {
    const except = { campaignId: "camp_ours", batchId: "camp_ours/000000" };
    const counts = await contacts.countSince(workspaceId, people, { since, except, coming });
    return counts.get(one) ?? 0;
  };
  return {
    store,
    workspaceId,
    now,
    count,
    operationsIn: async (ask: () => Promise<unknown>): Promise<number> => {
      operations = 0;
      await ask();
      return operations;
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
};
type Opened = Awaited<ReturnType<typeof openContacts>>;

const messageRow = ({ workspaceId, now }: Opened, more: Partial<BatchRow> = {}): BatchRow => ({
  ...newMessageBatch(
    { to: "user:x", channelId: "chan_1", messages: [{ type: "text", text: "x" }] },
    { workspaceId, idempotencyKey: undefined, newId: () => newId("msg"), now },
  ),
  ...more,
});

/** A campaign of one batch to all people. */
const addCampaign = async (
  opened: Opened,
  more: Partial<BatchRow> = {},
  end: Partial<RecipientRow> = {},
): Promise<string> => {
  const { store, workspaceId, now } = opened;
  const id = newId("camp");
  await store.campaigns.insertOne({
    _id: id,
    workspaceId,
    audience: { type: "friends" },
    plannedBatches: 1,
    launchedAt: now,
    endedAt: null,
  } as Parameters<Store["campaigns"]["insertOne"]>[0]);
  await store.batches.insertOne({
    ...messageRow(opened),
    _id: `${id}/000000`,
    campaignId: id,
    planCursor: people.at(-1) ?? null,
    recipients: [],
    packed: packRecipients(people.map((profileId) => ({ profileId, ...end }))),
    ...more,
  });
  return `${id}/000000`;
};

const accepted = (at: Date) =>
  ({ outcome: "accepted", firstAttemptAt: at, settledAt: at }) as const;

describe("what counts against a cap", () => {
  it("is who was accepted or may have been, and whose calls are open, within the days", async () => {
    await using opened = await openContacts();
    const { now, count } = opened;
    const call = {
      path: "0",
      method: "push",
      members: toRanges([7]),
      body: "",
      retryKey: "",
      attempts: 1,
      nextAt: now,
    } as const;
    await addCampaign(opened, {}, accepted(now));
    await addCampaign(opened, { state: "settled" }, { ...accepted(now), outcome: "unknown" });
    await addCampaign(opened, { calls: [{ ...call, members: [7, 7], firstAttemptAt: now }] });
    await expect(count()).resolves.toBe(3);
    await addCampaign(opened, {}, { ...accepted(now), outcome: "refused" });
    await addCampaign(opened, {}, { ...accepted(now), outcome: "skipped" });
    await addCampaign(opened, { state: "settled" }, accepted(new Date(now.getTime() - 8 * dayMs)));
    await addCampaign(opened);
    await expect(count()).resolves.toBe(3);
  });

  it("of messages on their own is when they went, and not when they were asked for", async () => {
    await using opened = await openContacts();
    const { store, now, count } = opened;
    const longAgo = new Date(now.getTime() - 300 * dayMs);
    const message = (at: Date, more: Partial<BatchRow> = {}): BatchRow =>
      messageRow(opened, {
        profileId: one,
        purpose: "offers",
        createdAt: longAgo,
        recipients: [{ ref: "user:x", ...accepted(at) }],
        state: "settled",
        settledAt: at,
        ...more,
      });
    await store.batches.insertMany([
      message(now),
      message(longAgo),
      message(now, { purpose: null }),
      message(now, { profileId: people[8] ?? null }),
      message(now, { state: "open", settledAt: null }),
    ]);
    await expect(count()).resolves.toBe(2);
  });
});

it("a test of a campaign counts for nobody, sent or about to be", async () => {
  await using opened = await openContacts();
  const { store, now, workspaceId, count } = opened;
  const words = { to: "user:x", channelId: "chan_1", messages: [{ type: "text", text: "x" }] };
  const asIs = { workspaceId, idempotencyKey: undefined, newId: () => newId("msg"), now };
  const test = newMessageBatch(
    { ...words, purpose: "offers" },
    { ...asIs, campaignName: "Spring" },
  );
  const ofOne: Partial<BatchRow> = { profileId: one };
  await store.batches.insertMany([
    {
      ...test,
      ...ofOne,
      recipients: [{ ref: "user:x", ...accepted(now) }],
      state: "settled",
      settledAt: now,
    },
    { ...test, ...ofOne, _id: newId("msg"), announced: [0, 0], claim: { token: "t", until: now } },
  ]);
  await expect(count(true)).resolves.toBe(0);
});

describe("who is about to be sent to", () => {
  const claim = (until: Date) => ({ token: "t", until });

  it("is seen by whoever asks for them, as long as there is a claim, be it an old one", async () => {
    await using opened = await openContacts();
    const { store, now, workspaceId, count } = opened;
    const announced = toRanges([6, 7]);
    const _id = await addCampaign(opened, { announced, claim: claim(now) });
    await expect(count()).resolves.toBe(0);
    await expect(count(true)).resolves.toBe(1);
    await store.batches.updateOne(
      { _id, workspaceId },
      { $set: { claim: claim(new Date(now.getTime() - dayMs)) } },
    );
    await expect(count(true)).resolves.toBe(1);
    await store.batches.updateOne({ _id, workspaceId }, { $set: { claim: null } });
    await expect(count(true)).resolves.toBe(0);
  });

  it("is seen of a message on its own, and of a campaign that was not there a moment ago", async () => {
    await using opened = await openContacts();
    const { store, now, count } = opened;
    await expect(count()).resolves.toBe(0);
    await addCampaign(opened, { announced: [7, 7], claim: claim(now) });
    await store.batches.insertOne(
      messageRow(opened, {
        profileId: one,
        purpose: "offers",
        announced: [0, 0],
        claim: claim(now),
      }),
    );
    await expect(count(true)).resolves.toBe(2);
  });
});

it("a count is as many questions for sixty campaigns as for two, and what is settled is not read again", async () => {
  await using opened = await openContacts();
  const { now, count, operationsIn } = opened;
  const add = async (campaigns: number): Promise<void> => {
    for (let nth = 0; nth < campaigns; nth += 1)
      await addCampaign(opened, { state: "settled" }, accepted(now));
  };
  await add(2);
  await expect(count(true)).resolves.toBe(2);
  const few = await operationsIn(() => count(true));
  await add(58);
  await expect(count(true)).resolves.toBe(60);
  await expect(operationsIn(() => count(true))).resolves.toBe(few);
  expect(few).toBeLessThanOrEqual(4);
});
