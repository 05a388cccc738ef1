import { describe, expect, it } from "vitest";

import { applyAnswer } from "./apply-answer.ts";
import { isSettled, tallyOf, waitingIn, type Batch, type Call } from "./batch.ts";
import { freezeCalls } from "./freeze-calls.ts";
import type { Answer } from "./line-answer.ts";

const now = new Date("2026-11-25T00:00:00Z");
const later = new Date("2026-11-25T00:00:05Z");
const messages = [{ type: "text", text: "hi" }];

const batchOf = (method: Batch["method"], count: number): Batch => {
  const batch: Batch = {
    id: "camp_1/000000",
    workspaceId: "ws_main",
    channelId: "chan_1",
    campaignId: "camp_1",
    method,
    recipients: Array.from({ length: count }, (_, index) => ({ profileId: `prof_${index}` })),
    calls: [],
    content: null,
    asked: null,
    sendAt: null,
    rests: [],
    announced: [],
    generation: 0,
    crashes: 0,
  };
  const sendables = batch.recipients.map((_, index) => ({
    index,
    lineUserId: `U${index}`,
    messages,
  }));
  return { ...batch, calls: freezeCalls(batch, sendables, { now }) };
};
const onlyCall = ({ calls }: Batch): Call => {
  const [call] = calls;
  if (!call || calls.length !== 1) throw new Error(`${calls.length} calls`);
  return call;
};
const answered = (
  batch: Batch,
  answer: Answer,
  { first = true, call = onlyCall(batch) } = {},
): Batch => applyAnswer(batch, call, answer, { now: later, random: () => 1, first });
const refused = (status: number, message = "", property?: string): Answer => ({
  kind: "refused",
  status,
  requestId: "r1",
  message,
  ...(property === undefined ? {} : { property }),
});
const outcomes = ({ recipients }: Batch) => recipients.map(({ outcome }) => outcome ?? "queued");

describe("accepted", () => {
  it("ends everyone of the call, with what LINE gave and what was frozen", () => {
    const batch = answered(batchOf("multicast", 3), {
      kind: "accepted",
      requestId: "r1",
      sentMessageIds: [],
    });
    expect(isSettled(batch)).toBe(true);
    expect(batch.recipients[1]).toEqual({
      profileId: "prof_1",
      lineUserId: "U1",
      outcome: "accepted",
      firstAttemptAt: now,
      settledAt: later,
      lineRequestId: "r1",
    });
  });

  it("keeps the first end of a person for ever", () => {
    const batch = batchOf("push", 1);
    const call = onlyCall(batch);
    const ended = answered(batch, { kind: "accepted", requestId: "r1", sentMessageIds: ["1"] });
    const again = answered({ ...ended, calls: [call] }, refused(400), { call });
    expect(outcomes(again)).toEqual(["accepted"]);
  });
});

describe("refused", () => {
  it("ends a push alone", () => {
    const batch = batchOf("push", 2);
    const [call] = batch.calls;
    const next = answered(batch, refused(400, "Failed to send messages"), call ? { call } : {});
    expect(outcomes(next)).toEqual(["refused", "queued"]);
    expect(next.recipients[0]?.reason).toBe("line_400");
    expect(next.calls).toHaveLength(1);
  });

  it("keeps LINE's words and the request they are about", () => {
    const next = answered(batchOf("push", 1), refused(400, "May not be empty", "messages[0].text"));
    expect(next.recipients[0]).toMatchObject({
      lineRequestId: "r1",
      detail: "messages[0].text: May not be empty",
    });
    const long = answered(batchOf("push", 1), refused(400, "x".repeat(299) + "🌸"));
    expect(long.recipients[0]?.detail).toHaveLength(300);
    expect(long.recipients[0]?.detail?.isWellFormed()).toBe(true);
    const { recipients } = answered(batchOf("push", 1), refused(400));
    expect(recipients[0]).not.toHaveProperty("detail");
  });

  it("keeps no LINE ID in words that several people share", () => {
    const next = answered(batchOf("multicast", 3), refused(422, "U1 and U2 are not known"));
    expect(next.recipients.map(({ detail }) => detail)).toEqual(
      Array(3).fill("… and … are not known"),
    );
  });

  it("lets the others of a multicast go again without the one LINE named, under a new key", () => {
    const batch = batchOf("multicast", 4);
    const next = answered(
      batch,
      refused(400, "The property, to[2], in the request body is invalid"),
    );
    expect(outcomes(next)).toEqual(["queued", "queued", "refused", "queued"]);
    expect(next.recipients[2]).toMatchObject({ lineUserId: "U2", reason: "line_400" });
    const call = onlyCall(next);
    expect(call.members).toEqual([0, 1, 3]);
    expect(JSON.parse(call.body)).toEqual({ to: ["U0", "U1", "U3"], messages });
    expect(call.retryKey).not.toBe(onlyCall(batch).retryKey);
    expect(call.firstAttemptAt).toEqual(later);
  });

  it("ends everyone when the message is at fault", () => {
    const next = answered(batchOf("multicast", 3), refused(400, "bad", "messages[0].text"));
    expect(outcomes(next)).toEqual(["refused", "refused", "refused"]);
    expect(next.calls).toEqual([]);
  });

  it.each([413, 415, 422])("ends everyone at %d", (status) => {
    const next = answered(batchOf("multicast", 3), refused(status));
    expect(next.recipients.map(({ reason }) => reason)).toEqual(Array(3).fill(`line_${status}`));
  });

  it("halves until the one LINE does not like is alone, and never under the same key", () => {
    let batch = batchOf("multicast", 100);
    const keys = new Set<string>();
    let calls = 0;
    for (let call = batch.calls[0]; call; call = batch.calls[0]) {
      expect(keys.has(call.retryKey)).toBe(false);
      keys.add(call.retryKey);
      calls += 1;
      const answer: Answer = call.members.includes(37)
        ? refused(400, "Failed to send messages")
        : { kind: "accepted", requestId: "r", sentMessageIds: [] };
      batch = answered(batch, answer, { call });
    }
    expect(tallyOf(batch.recipients).counts).toMatchObject({ accepted: 99, refused: 1 });
    expect(batch.recipients[37]?.outcome).toBe("refused");
    expect(calls).toBeLessThan(20);
  });
});

describe("what leaves the outcome open", () => {
  it("keeps bytes, key and first attempt, and waits longer each time", () => {
    let batch = batchOf("push", 1);
    const before = onlyCall(batch);
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 12; attempt += 1) {
      batch = answered(batch, { kind: "unknown", reason: "timeout" });
      const call = onlyCall(batch);
      expect(call).toMatchObject({
        body: before.body,
        retryKey: before.retryKey,
        firstAttemptAt: now,
        attempts: attempt,
      });
      waits.push(call.nextAt.getTime() - later.getTime());
    }
    expect(waits.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(waits.at(-1)).toBe(300_000);
  });

  it("spends no attempt when we hung up, or LINE was too fast for us", () => {
    const batch = batchOf("push", 1);
    const hungUp = onlyCall(answered(batch, { kind: "unknown", reason: "aborted" }));
    expect(hungUp).toMatchObject({ attempts: 0, nextAt: later });
    const slowed = onlyCall(answered(batch, { kind: "rate_limited" }, { first: false }));
    expect(slowed).toMatchObject({ attempts: 0, retryKey: onlyCall(batch).retryKey });
  });

  it.each([
    [0, 1_000],
    [500, 1_000],
    [4_000, 4_000],
    [900_000, 60_000],
  ])("lets a call of %d ms that LINE is too fast for rest for %d ms", (ageMs, restMs) => {
    const batch = batchOf("push", 1);
    const at = new Date(now.getTime() + ageMs);
    const moment = { now: at, random: () => 1, first: false };
    const slowed = applyAnswer(batch, onlyCall(batch), { kind: "rate_limited" }, moment);
    expect(onlyCall(slowed).nextAt.getTime() - at.getTime()).toBe(restMs);
  });

  it.each(["rate_limited", "quota_exhausted", "unauthorized", "forbidden"] as const)(
    "takes a first call back at %s, so that its people are looked at anew under a new key",
    (kind) => {
      const batch = batchOf("push", 1);
      const next = answered(batch, { kind });
      expect(next.calls).toEqual([]);
      expect(waitingIn(next)).toEqual([0]);
      const sendables = [{ index: 0, lineUserId: "U0", messages }];
      const [again] = freezeCalls(next, sendables, { now: later });
      expect(again?.retryKey).not.toBe(onlyCall(batch).retryKey);
      // One that may have been accepted before stays what it is, but for when it is tried again.
      const [open] = answered(batch, { kind }, { first: false }).calls;
      expect(open && { ...open, nextAt: onlyCall(batch).nextAt }).toEqual(onlyCall(batch));
    },
  );
});

it("gives a place in a batch the same key for ever", () => {
  expect(onlyCall(batchOf("push", 1)).retryKey).toBe("37af473b-9559-881a-a39f-0c630c1a1b6c");
});
