import { describe, expect, it } from "vitest";

import type { DeliverDeps } from "./deliver-deps.ts";
import { deliverBatch } from "./deliver-batch.ts";
import type { Answer } from "./line-answer.ts";
import { createMemory, type Memory } from "./memory.ts";

const ref = { workspaceId: "ws_main", batchId: "msg_1" };
const { signal } = new AbortController();
const reset: Answer = { kind: "unknown", reason: "reset" };

/** A message to U0, who wrote `ages` ago (ms each, oldest first) with a token each time. */
const messageTo = (ages: readonly number[] = [1_000], replyIfFree = true): Memory => {
  const memory = createMemory(1);
  const messages = [{ type: "text", text: "hi {{ profile.displayName }}" }];
  const recipients = [{ profileId: "prof_0" }];
  memory.batch = {
    ...memory.batch,
    id: ref.batchId,
    campaignId: null,
    recipients,
    content: { messages, replyIfFree },
  };
  memory.replyTokens = ages.map((age, at) => ({
    token: `token ${at}`,
    lineUserId: "U0",
    receivedAtMs: memory.nowMs - age,
    claimedBy: null,
    used: false,
  }));
  return memory;
};

interface Asked {
  readonly method: string;
  readonly body: string;
  readonly retryKey: string;
}

/** Deps that note what is asked of LINE, and let something else happen to it. */
const listening = (
  memory: Memory,
  instead: (nth: number, ask: () => Promise<Answer>) => unknown,
) => {
  const asked: Asked[] = [];
  const sendCall: DeliverDeps["sendCall"] = async (call) => {
    asked.push({ method: call.method, body: call.body, retryKey: call.retryKey });
    const ask = () => memory.deps.sendCall(call);
    return ((await instead(asked.length, ask)) as Answer | undefined) ?? (await ask());
  };
  return { asked, deps: { ...memory.deps, sendCall } };
};

const deliverToTheEnd = async (memory: Memory, deps: DeliverDeps = memory.deps): Promise<void> => {
  for (let round = 0; round < 300 && !memory.settled; round += 1) {
    const delivered = await deliverBatch(deps, ref, signal);
    memory.nowMs += delivered.kind === "again" ? delivered.afterMs + 1 : 20_000;
  }
};
const endOf = ({ batch, settled }: Memory) => ({ ...batch.recipients[0], settled });
const claims = ({ replyTokens }: Memory) => replyTokens.map(({ claimedBy }) => claimedBy);

describe("a message that may go as a reply", () => {
  it("does where a token lives, in the same words, and says so", async () => {
    const memory = messageTo();
    const { asked, deps } = listening(memory, () => undefined);
    await deliverToTheEnd(memory, deps);
    expect(asked).toEqual([{ method: "reply", body: expect.any(String) as string, retryKey: "" }]);
    expect(JSON.parse(asked[0]?.body ?? "")).toEqual({
      replyToken: "token 0",
      messages: [{ type: "text", text: "hi Name 0" }],
    });
    const end = { outcome: "accepted", via: "reply", lineUserId: "U0", settled: true };
    expect(endOf(memory)).toMatchObject(end);
    expect(JSON.stringify(memory.batch)).not.toContain("token 0");
  });

  it("answers by the newest token", async () => {
    const memory = messageTo([20_000, 10_000]);
    await deliverToTheEnd(memory);
    expect(claims(memory)).toEqual([null, ref.batchId]);
  });

  it.each([
    ["there is none", messageTo([])],
    ["it is too old to be sure", messageTo([45_000])],
    ["nobody asked for it", messageTo([1_000], false)],
  ])("is pushed where %s", async (_why, memory) => {
    const { asked, deps } = listening(memory, () => undefined);
    await deliverToTheEnd(memory, deps);
    expect(asked.map(({ method }) => method)).toEqual(["push"]);
    expect(endOf(memory)).toMatchObject({ outcome: "accepted", settled: true });
    expect(endOf(memory)).not.toHaveProperty("via");
    expect(claims(memory).filter((by) => by !== null)).toEqual([]);
  });

  it("takes no token where the person is not written to at all", async () => {
    const memory = messageTo();
    const person = memory.people.get("prof_0");
    if (person) memory.people.set("prof_0", { ...person, suppressed: true });
    await deliverToTheEnd(memory);
    expect(endOf(memory)).toMatchObject({ outcome: "skipped", reason: "suppressed" });
    expect(claims(memory)).toEqual([null]);
  });

  it("is paced as a reply, and as a push where there is nothing to reply to, or not any more", async () => {
    for (const [ages, taken, wanted] of [
      [[1_000], false, ["reply"]],
      [[1_000], true, ["reply", "push"]],
      [[], false, ["push"]],
    ] as const) {
      const memory = messageTo(ages);
      const paced: string[] = [];
      const reserve: DeliverDeps["pacer"]["reserve"] = async (channel, method, asked) => {
        paced.push(method);
        // Another message is faster.
        for (const token of memory.replyTokens) if (taken) token.claimedBy = "msg_2";
        return memory.deps.pacer.reserve(channel, method, asked);
      };
      await deliverToTheEnd(memory, { ...memory.deps, pacer: { ...memory.deps.pacer, reserve } });
      expect(paced).toEqual(wanted);
      expect(endOf(memory)).toMatchObject({ outcome: "accepted" });
    }
  });
});

describe("a reply that LINE refuses", () => {
  it("at the first asking goes as a push, once, under a key of its own", async () => {
    const memory = messageTo([10_000, 1_000]);
    for (const token of memory.replyTokens) token.used = true;
    const { asked, deps } = listening(memory, () => undefined);
    await deliverToTheEnd(memory, deps);
    expect(asked.map(({ method }) => method)).toEqual(["reply", "push"]);
    expect(asked[1]?.retryKey).toMatch(/^[0-9a-f-]{36}$/);
    expect(endOf(memory)).toMatchObject({ outcome: "accepted", settled: true });
    expect(endOf(memory)).not.toHaveProperty("via");
    expect(memory.accepted).toEqual(new Map([["U0", 1]]));
    expect(claims(memory)).toEqual([null, ref.batchId]);
  });

  it("after an attempt that may have been taken is never pushed", async () => {
    const memory = messageTo();
    const { asked, deps } = listening(memory, async (nth, ask) =>
      nth === 1 ? (await ask(), reset) : undefined,
    );
    await deliverToTheEnd(memory, deps);
    expect(asked.map(({ method }) => method)).toEqual(["reply", "reply"]);
    expect(asked[1]).toEqual(asked[0]);
    const end = { outcome: "unknown", reason: "reply_unknown", via: "reply", settled: true };
    expect(endOf(memory)).toMatchObject(end);
    expect(memory.accepted).toEqual(new Map([["U0", 1]]));
  });
});

describe("a reply whose end is not known", () => {
  it("is accepted where a repeat is", async () => {
    const memory = messageTo();
    const { asked, deps } = listening(memory, (nth) => (nth <= 3 ? reset : undefined));
    await deliverToTheEnd(memory, deps);
    expect(asked.map(({ method }) => method)).toEqual(["reply", "reply", "reply", "reply"]);
    expect(endOf(memory)).toMatchObject({ outcome: "accepted", via: "reply", settled: true });
  });

  it("is repeated for as long as the token may live, and parked then", async () => {
    const memory = messageTo();
    const startedAt = memory.nowMs;
    const { asked, deps } = listening(memory, () => reset);
    await deliverToTheEnd(memory, deps);
    expect(new Set(asked.map(({ method }) => method))).toEqual(new Set(["reply"]));
    expect(asked.length).toBeGreaterThan(4);
    expect(memory.nowMs - startedAt).toBeLessThan(120_000);
    expect(endOf(memory)).toMatchObject({ outcome: "unknown", reason: "reply_unknown" });
  });

  it("of a process that died after it was written down is not pushed, whatever LINE says", async () => {
    const memory = messageTo();
    const dies = new Error("killed");
    const step = (name: string): void => {
      if (name === "frozen") throw dies;
    };
    const save: DeliverDeps["batches"]["save"] = (token, change) =>
      change.next.kind === "release"
        ? Promise.reject(dies)
        : memory.deps.batches.save(token, change);
    const batches = { ...memory.deps.batches, save };
    await expect(deliverBatch({ ...memory.deps, batches, step }, ref, signal)).rejects.toBe(dies);
    for (const token of memory.replyTokens) token.used = true;
    memory.nowMs += 20_000;
    const { asked, deps } = listening(memory, () => undefined);
    await deliverToTheEnd(memory, deps);
    expect(asked.map(({ method }) => method)).toEqual(["reply"]);
    expect(endOf(memory)).toMatchObject({ outcome: "unknown", reason: "reply_unknown" });
  });
});

it.each<[string, Answer]>([
  ["LINE cannot be reached", { kind: "unknown", reason: "unreachable" }],
  ["LINE says that it was too fast", { kind: "rate_limited" }],
])(
  "a first reply when %s was not taken: it is tried again, later as a push",
  async (_why, answer) => {
    for (const [times, last] of [
      [2, "reply"],
      [9, "push"],
    ] as const) {
      const memory = messageTo();
      const { asked, deps } = listening(memory, (nth) => (nth <= times ? answer : undefined));
      await deliverToTheEnd(memory, deps);
      expect(asked.at(-1)?.method).toBe(last);
      expect(endOf(memory)).toMatchObject({ outcome: "accepted", settled: true });
      expect(memory.accepted).toEqual(new Map([["U0", 1]]));
    }
  },
);

/** Repeatable: the same seed is the same story. */
const randomFrom = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** LINE loses, refuses and takes as it likes, and the process dies at its nth step: then nothing more has an effect. */
const troubled = (memory: Memory, random: () => number): DeliverDeps => {
  const { deps } = memory;
  const dies = new Error("killed");
  const dieAt = random() < 0.4 ? Math.floor(random() * 12) : Infinity;
  let steps = 0;
  const isDead = (): boolean => steps > dieAt;
  return {
    ...deps,
    random,
    batches: {
      ...deps.batches,
      save: (...args) => (isDead() ? Promise.reject(dies) : deps.batches.save(...args)),
    },
    replyTokens: {
      ...deps.replyTokens,
      claim: (...args) => (isDead() ? Promise.reject(dies) : deps.replyTokens.claim(...args)),
    },
    step: () => {
      steps += 1;
      if (isDead()) throw dies;
    },
    sendCall: async (call) => {
      const draw = random();
      if (draw < 0.1 && call.method === "reply")
        for (const token of memory.replyTokens) token.used = true; // by whoever else reads the webhooks
      if (draw > 0.95) return { kind: "rate_limited" };
      if (draw > 0.9) return { kind: "unknown", reason: "unreachable" };
      if (draw > 0.8) return reset;
      const answer = await deps.sendCall(call);
      return draw > 0.6 ? reset : answer;
    },
  };
};

it("is never sent twice, nor told of wrongly, in three thousand stories of faults and deaths", async () => {
  const ends = new Map<string, number>();
  for (let seed = 1; seed <= 3_000; seed += 1) {
    const random = randomFrom(seed);
    const ages = Array.from({ length: Math.floor(random() * 3) }, () => random() * 60_000);
    const memory = messageTo(ages.toSorted((one, other) => other - one));
    for (let round = 0; round < 300 && !memory.settled; round += 1) {
      const delivered = await deliverBatch(troubled(memory, random), ref, signal).catch(
        () => undefined,
      );
      memory.nowMs += delivered?.kind === "again" ? delivered.afterMs + 1 : 13_000;
    }
    const { outcome, via, reason, settled } = endOf(memory);
    const received = memory.accepted.get("U0") ?? 0;
    const end = `${outcome} ${via ?? "push"} ${reason ?? ""}`.trim();
    ends.set(end, (ends.get(end) ?? 0) + 1);
    expect({ seed, settled }).toEqual({ seed, settled: true });
    expect({ seed, end, received: received > 1 }).toEqual({ seed, end, received: false });
    // Of what is unknown nobody can say whether it came; all else is told as it is.
    const isTrue =
      outcome === "accepted" ? received === 1 : outcome === "unknown" || received === 0;
    expect({ seed, end, isTrue }).toEqual({ seed, end, isTrue: true });
  }
  // Each way to end came about.
  expect([...ends.keys()]).toEqual(
    expect.arrayContaining(["accepted reply", "accepted push", "unknown reply reply_unknown"]),
  );
});
