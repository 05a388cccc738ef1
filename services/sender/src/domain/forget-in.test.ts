import { expect, it } from "vitest";

import { tallyOf, type Batch, type Recipient } from "./batch.ts";
import { freezeCalls } from "./freeze-calls.ts";
import { forgetIn, type Names } from "./forget-in.ts";
import { createMemory } from "./memory.ts";

const now = new Date("2026-11-26T00:00:00Z");
const names: Names = {
  profileIds: new Set(["prof_1"]),
  lineUserIds: new Set(["U1"]),
  refs: new Set(["user:Ána"]),
};
const messages = [{ type: "text", text: "Dear Ána" }];
const withCall = (method: Batch["method"], indexes: readonly number[]): Batch => {
  const { batch } = createMemory(4, method);
  const sendables = indexes.map((index) => ({ index, lineUserId: `U${index}`, messages }));
  return { ...batch, calls: freezeCalls(batch, sendables, { now }) };
};
const endsIn = ({ recipients }: Batch) =>
  recipients.map(({ outcome, reason }) => reason ?? outcome);

it("skips who waits, and leaves the others as they were", () => {
  const { batch } = createMemory(3);
  const forgotten = forgetIn(batch, names, { now, isLate: false });
  expect(forgotten.isWhole).toBe(true);
  expect(endsIn(forgotten.batch)).toEqual([undefined, "erased", undefined]);
  expect(forgotten.batch.recipients[0]).toBe(batch.recipients[0]);
});

it.each<[string, Recipient]>([
  ["their profile", { profileId: "prof_1", lineUserId: "U9" }],
  ["their LINE ID", { profileId: "prof_9", lineUserId: "U1" }],
  ["a reference, however it is spelt", { ref: "user:A\u0301na" }],
])("takes everything but the end from who is named by %s", (_by, who) => {
  const end = { outcome: "accepted", settledAt: now, firstAttemptAt: now } as const;
  const recipient: Recipient = {
    ...who,
    ...end,
    messageIds: ["1"],
    lineRequestId: "r",
    detail: "Not Ána",
  };
  const batch = { ...createMemory(0).batch, recipients: [recipient] };
  const forgotten = forgetIn(batch, names, { now, isLate: false }).batch;
  const { profileId } = who;
  expect(forgotten.recipients).toEqual([{ ...(profileId ? { profileId } : {}), ...end }]);
  expect(tallyOf(forgotten.recipients)).toEqual(tallyOf(batch.recipients));
});

it("does not repeat an open push to them, and leaves the other pushes open", () => {
  const { batch, isWhole } = forgetIn(withCall("push", [0, 1]), names, { now, isLate: false });
  expect(isWhole).toBe(true);
  expect(batch.calls.map(({ members }) => members)).toEqual([[0]]);
  expect(batch.recipients[1]).toEqual({
    profileId: "prof_1",
    outcome: "unknown",
    reason: "erased",
    settledAt: now,
    firstAttemptAt: now,
  });
});

it("does not repeat an open reply to them, and nothing is left of its token", () => {
  const push = withCall("push", [1]);
  const reply = { lineUserId: "U1", until: new Date(now.getTime() + 60_000) };
  const body = JSON.stringify({ replyToken: "t0ken", messages });
  const calls = push.calls.map((call) => ({
    ...call,
    method: "reply" as const,
    retryKey: "",
    reply,
    body,
  }));
  const batch = { ...push, recipients: [{}, { ref: "user:other" }], calls };
  const forgotten = forgetIn(batch, names, { now, isLate: false });
  expect(forgotten.isWhole).toBe(true);
  expect(endsIn(forgotten.batch)).toEqual([undefined, "erased"]);
  expect(JSON.stringify(forgotten.batch)).not.toMatch(/t0ken|"U1"/);
});

it("leaves an open multicast with them its bytes for a while, and then asks about nobody in it", () => {
  const open = withCall("multicast", [0, 1, 2]);
  const early = forgetIn(open, names, { now, isLate: false });
  expect(early.isWhole).toBe(false);
  expect(early.batch.calls).toEqual(open.calls);
  expect(endsIn(early.batch)).toEqual([undefined, undefined, undefined, undefined]);

  const late = forgetIn(open, names, { now, isLate: true });
  expect(late.isWhole).toBe(true);
  expect(late.batch.calls).toEqual([]);
  expect(endsIn(late.batch)).toEqual(["erased", "erased", "erased", undefined]);
  expect(late.batch.recipients.map(({ lineUserId }) => lineUserId)).toEqual([
    "U0",
    undefined,
    "U2",
    undefined,
  ]);
});

it("takes the words of a message on its own, and changes nothing where they are not named", () => {
  const { batch } = createMemory(2);
  const message = { ...batch, campaignId: null, content: { messages } };
  expect(forgetIn(message, names, { now, isLate: false }).batch.content).toBeNull();
  const others = { ...message, recipients: [{ profileId: "prof_7" }] };
  expect(forgetIn(others, names, { now, isLate: true }).batch).toBe(others);
});
