import { describe, expect, it } from "vitest";

import { tallyOf } from "./batch.ts";
import { deliverBatch, type Delivered } from "./deliver-batch.ts";
import type { Answer } from "./line-answer.ts";
import { accept, allowAll, createMemory, slotsAt, type Memory } from "./memory.ts";

const ref = { workspaceId: "ws_main", batchId: "camp_1/000000" };
const { signal } = new AbortController();
const deliver = (memory: Memory): Promise<Delivered> => deliverBatch(memory.deps, ref, signal);
const counts = (memory: Memory) => tallyOf(memory.batch.recipients).counts;

/** As the queue and the sweeper do: again and again, until there is nothing more to do. */
const deliverToTheEnd = async (memory: Memory): Promise<void> => {
  for (let round = 0; round < 200 && !memory.settled; round += 1) {
    const delivered = await deliver(memory).catch(() => undefined);
    memory.nowMs += delivered?.kind === "again" ? delivered.afterMs + 1 : 20_000;
  }
};
const sent = (memory: Memory) => ({
  people: memory.accepted.size,
  mostForOne: Math.max(...memory.accepted.values()),
  ...counts(memory),
});
const eachOnce = (count: number) =>
  expect.objectContaining({
    people: count,
    mostForOne: 1,
    audience: count,
    accepted: count,
    queued: 0,
  });

it.each(["push", "multicast"] as const)(
  "delivers a batch by %s, each person once",
  async (method) => {
    const memory = createMemory(100, method);
    await expect(deliver(memory)).resolves.toMatchObject({ kind: "settled" });
    expect(sent(memory)).toEqual(eachOnce(100));
    await expect(deliver(memory)).resolves.toEqual({ kind: "obsolete" });
  },
);

describe("a process that dies", () => {
  it.each(["push", "multicast"] as const)(
    "anywhere in a batch of %s loses and doubles nothing",
    async (method) => {
      const places = await stepsOf(method);
      expect(places.length).toBeGreaterThan(6);
      for (let place = 0; place < places.length; place += 1) {
        const memory = createMemory(50, method);
        // A dead process writes nothing more, not even that it gives up.
        await deliverBatch(dyingAt(memory, place), ref, signal).catch(() => undefined);
        await deliverToTheEnd(memory);
        expect(sent(memory)).toEqual(eachOnce(50));
      }
    },
  );

  it("eight times in a row with one batch, ends it: attempted is unknown, the rest is skipped", async () => {
    const memory = createMemory(60);
    for (let crash = 0; crash < 8; crash += 1) {
      await deliverBatch(dyingAt(memory, 2), ref, signal).catch(() => undefined);
      memory.nowMs += 20_000;
    }
    await expect(deliver(memory)).resolves.toMatchObject({ kind: "poisoned" });
    expect(counts(memory)).toMatchObject({ unknown: 40, skipped: 20, queued: 0 });
    expect(memory.settled).toBe(true);
  });

  it("again and again while LINE is away is no fault of the batch: whoever recorded an answer got somewhere", async () => {
    const memory = createMemory(10);
    memory.answer = () => ({ kind: "unknown", reason: "timeout" });
    await deliver(memory);
    for (let death = 0; death < 20; death += 1) {
      memory.nowMs += 400_000;
      await deliverBatch(dyingAt(memory, 1), ref, signal).catch(() => undefined);
      memory.nowMs += 20_000;
      await deliver(memory);
    }
    memory.answer = () => ({ kind: "accepted", requestId: "r", sentMessageIds: [] });
    await deliverToTheEnd(memory);
    expect(sent(memory)).toEqual(eachOnce(10));
  });

  it("in its sleep begins no call when it wakes: what it looked at may be different by then", async () => {
    const memory = createMemory(30);
    const step = (name: string): void => {
      if (name !== "send") return;
      memory.nowMs += 60_000;
      memory.campaign = { ...memory.campaign, state: "cancelled" };
    };
    await deliverBatch({ ...memory.deps, step }, ref, signal);
    await deliverToTheEnd(memory);
    expect(memory.calls).toBe(0);
    // Nobody can have got it, so nothing about it is unknown.
    expect(counts(memory)).toMatchObject({ cancelled: 30, unknown: 0, queued: 0 });
  });

  it("wakes up too late: whoever took over goes on, and nothing of the old one is written", async () => {
    const memory = createMemory(30);
    const { promise: asleep, resolve: wake } = Promise.withResolvers<void>();
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const zombie = deliverBatch(
      {
        ...memory.deps,
        step: async (name) => {
          if (name !== "frozen") return;
          reach();
          await asleep;
        },
      },
      ref,
      signal,
    );
    await reached;
    memory.nowMs += 20_000;
    await expect(deliver(memory)).resolves.toMatchObject({ kind: "settled" });
    const { recipients } = memory.batch;
    wake();
    await expect(zombie).resolves.toEqual({ kind: "lost" });
    expect(memory.batch.recipients).toBe(recipients);
    expect(sent(memory)).toEqual(eachOnce(30));
  });
});

it("leaves a batch that someone else holds alone", async () => {
  const memory = createMemory(1);
  memory.claim = { token: "other", until: new Date(memory.nowMs + 5_000) };
  await expect(deliver(memory)).resolves.toMatchObject({ kind: "again", why: "busy" });
  expect(memory.calls).toBe(0);
});

describe("what LINE leaves open", () => {
  it("is asked again with the same bytes under the same key until it is known", async () => {
    const memory = createMemory(20);
    let draws = 0;
    const { sendCall } = memory.deps;
    const deps = {
      ...memory.deps,
      sendCall: async (call: Parameters<typeof sendCall>[0]): Promise<Answer> => {
        const answer = await sendCall(call); // accepted, but the answer is lost every third time
        draws += 1;
        return draws % 3 === 0 ? { kind: "unknown", reason: "reset" } : answer;
      },
    };
    for (let round = 0; round < 50 && !memory.settled; round += 1) {
      await deliverBatch(deps, ref, signal);
      memory.nowMs += 300_000;
    }
    expect(sent(memory)).toEqual(eachOnce(20));
  });

  it("is parked as unknown before LINE forgets the key, and never sent again", async () => {
    const memory = createMemory(5);
    memory.answer = () => ({ kind: "unknown", reason: "http_5xx" });
    await deliver(memory);
    memory.nowMs += 23 * 3_600_000 + 1;
    const { calls } = memory;
    memory.answer = () => ({ kind: "accepted", requestId: "r", sentMessageIds: [] });
    await expect(deliver(memory)).resolves.toMatchObject({ kind: "settled" });
    expect(memory.calls).toBe(calls);
    expect(counts(memory)).toMatchObject({ unknown: 5 });
    expect(memory.batch.recipients[0]).toMatchObject({
      reason: "retry_key_expired",
      lineUserId: "U0",
    });
  });
});

describe("what is true at the moment of sending", () => {
  it("decides about people, not what was true when they were planned", async () => {
    const memory = createMemory(3);
    const one = memory.people.get("prof_1");
    if (!one) throw new Error("nobody");
    memory.people.set("prof_1", {
      ...one,
      accounts: one.accounts.map((account) => ({
        ...account,
        friendship: { chan_1: { state: "blocked" } },
      })),
    });
    memory.people.delete("prof_2");
    await deliver(memory);
    expect(memory.batch.recipients.map(({ reason }) => reason)).toEqual([
      undefined,
      "not_following",
      "not_found",
    ]);
    expect([...memory.accepted.keys()]).toEqual(["U0"]);
  });

  it("stops a paused campaign before the next call, and goes on where it was", async () => {
    const memory = createMemory(100);
    memory.answer = () => {
      memory.campaign = { ...memory.campaign, state: "paused" };
      return { kind: "accepted", requestId: "r", sentMessageIds: [] };
    };
    await expect(deliver(memory)).resolves.toEqual({ kind: "parked" });
    expect(memory.calls).toBe(40); // what had been allowed together
    expect(memory.nextAt).toBeNull();
    memory.campaign = { ...memory.campaign, state: "sending" };
    memory.answer = () => ({ kind: "accepted", requestId: "r", sentMessageIds: [] });
    await deliver(memory);
    expect(sent(memory)).toEqual(eachOnce(100));
  });

  it("ends a cancelled campaign: who was not tried is cancelled, an open call is unknown", async () => {
    const memory = createMemory(100);
    memory.answer = ({ to }) => {
      memory.campaign = { ...memory.campaign, state: "cancelled" };
      return to.includes("U0")
        ? { kind: "unknown", reason: "timeout" }
        : { kind: "accepted", requestId: "r", sentMessageIds: [] };
    };
    await expect(deliver(memory)).resolves.toMatchObject({ kind: "settled" });
    expect(counts(memory)).toMatchObject({ accepted: 39, unknown: 1, cancelled: 60, queued: 0 });
  });

  it("fails closed where a write is not acknowledged: nothing is sent", async () => {
    const memory = createMemory(10);
    const { batches } = memory.deps;
    const away = new Error("no database");
    const deps = { ...memory.deps, batches: { ...batches, save: () => Promise.reject(away) } };
    await expect(deliverBatch(deps, ref, signal)).rejects.toBe(away);
    expect(memory.calls).toBe(0);
  });
});

describe("trouble of the channel", () => {
  it("at the month's quota pauses the campaign, marks nobody, and goes on later with the rest once", async () => {
    const memory = createMemory(100);
    let left = 50;
    memory.answer = () =>
      (left -= 1) >= 0
        ? { kind: "accepted", requestId: "r", sentMessageIds: [] }
        : { kind: "quota_exhausted" };
    await expect(deliver(memory)).resolves.toEqual({ kind: "parked" });
    expect(memory.campaign.state).toBe("paused");
    expect(counts(memory)).toMatchObject({ accepted: 50, queued: 50 });
    memory.nowMs += 5 * 86_400_000; // days later, but nothing was left open
    left = 1_000;
    memory.campaign = { ...memory.campaign, state: "sending" };
    await deliver(memory);
    expect(sent(memory)).toEqual(eachOnce(100));
  });

  it("before its people were counted against the month waits, and goes as far as there is room", async () => {
    const memory = createMemory(10);
    memory.run = 2;
    memory.allowance = allowAll(1); // of the launch, and it was resumed since
    await expect(deliver(memory)).resolves.toEqual({ kind: "parked" });
    expect(memory.calls).toBe(0);

    const some = { ...allowAll(2), people: 4, through: 1, room: 4 };
    memory.allowance = { ...some, choice: "hold" };
    await expect(deliver(memory)).resolves.toMatchObject({ kind: "full" });
    expect(counts(memory)).toMatchObject({ accepted: 4, queued: 6 });
    memory.allowance = { ...some, choice: "trim" };
    await expect(deliver(memory)).resolves.toMatchObject({ kind: "settled" });
    expect(counts(memory)).toMatchObject({ accepted: 4, skipped: 6, queued: 0 });
    expect(memory.accepted.size).toBe(4);
  });

  it("at a quota of before does not pause a campaign that was resumed meanwhile", async () => {
    const memory = createMemory(1);
    memory.answer = () => {
      memory.answer = () => ({ kind: "accepted", requestId: "r", sentMessageIds: [] });
      memory.run += 1;
      return { kind: "quota_exhausted" };
    };
    await expect(deliver(memory)).resolves.toMatchObject({ kind: "settled" });
    expect(memory.campaign.state).toBe("sending");
    expect(sent(memory)).toEqual(eachOnce(1));
  });

  it("at a refused token stops it, and goes on with a new one", async () => {
    const memory = createMemory(100);
    memory.answer = () => ({ kind: "unauthorized" });
    await expect(deliver(memory)).resolves.toEqual({ kind: "parked" });
    expect(memory.channel.state).toBe("stopped");
    expect(memory.calls).toBe(40);
    await expect(deliver(memory)).resolves.toEqual({ kind: "parked" });
    expect(memory.calls).toBe(40);
    memory.channel = { ...memory.channel, state: "connected", version: 3 };
    memory.answer = () => ({ kind: "accepted", requestId: "r", sentMessageIds: [] });
    await deliver(memory);
    expect(sent(memory)).toEqual(eachOnce(100));
  });

  it("does not stop a channel whose token has changed meanwhile", async () => {
    const memory = createMemory(1);
    memory.answer = () => {
      memory.answer = () => ({ kind: "accepted", requestId: "r", sentMessageIds: [] });
      memory.channel = { ...memory.channel, version: memory.channel.version + 1 };
      return { kind: "unauthorized" };
    };
    await expect(deliver(memory)).resolves.toMatchObject({ kind: "settled" });
    expect(memory.channel.state).toBe("connected");
    expect(sent(memory)).toEqual(eachOnce(1));
  });

  it("at a rate limit slows down and spends no attempt", async () => {
    const memory = createMemory(10);
    let limited = 4;
    memory.answer = () =>
      (limited -= 1) >= 0
        ? { kind: "rate_limited" }
        : { kind: "accepted", requestId: "r", sentMessageIds: [] };
    await deliverToTheEnd(memory);
    expect(sent(memory)).toEqual(eachOnce(10));
  });

  it.each(["push", "multicast"] as const)(
    "at a rate limit looks at people of a %s anew before it goes on",
    async (method) => {
      const memory = createMemory(3, method);
      memory.answer = () => {
        memory.answer = accepting;
        unfollow(memory, "prof_0");
        return { kind: "rate_limited" };
      };
      await deliverToTheEnd(memory);
      expect(memory.accepted.has("U0")).toBe(false);
      expect(counts(memory)).toMatchObject({ accepted: 2, skipped: 1 });
    },
  );

  it("leaves somebody of whom LINE says 429 alone for longer each time, in one job after the other", async () => {
    const memory = createMemory(3);
    const times: number[] = [];
    memory.answer = ({ to }) => {
      if (to[0] !== "U0") return accepting({ to, retryKey: "" });
      times.push(memory.nowMs);
      return { kind: "rate_limited" };
    };
    const endsAt = memory.nowMs + 600_000;
    while (memory.nowMs < endsAt) {
      const delivered = await deliver(memory);
      memory.nowMs += delivered.kind === "again" ? delivered.afterMs + 1 : 1_000;
    }
    expect(counts(memory)).toMatchObject({ accepted: 2, queued: 1 });
    const pauses = times.slice(1).map((time, at) => time - (times[at] ?? 0));
    expect(pauses.slice(0, 5)).toEqual(pauses.slice(0, 5).toSorted((one, other) => one - other));
    expect(pauses[0]).toBeLessThan(5_000);
    expect(Math.min(...pauses.slice(6))).toBeGreaterThan(60_000);
    expect(times.length).toBeLessThan(16);
  });

  it("at a rate limit keeps the key of a call over which somebody died, as LINE may have it", async () => {
    const memory = createMemory(2);
    const [sends] = (await stepsOf("push")).flatMap((name, at) => (name === "send" ? [at] : []));
    await deliverBatch(dyingAt(memory, (sends ?? 0) + 1), ref, signal).catch(() => undefined);
    for (const { body, retryKey } of memory.batch.calls)
      if (!memory.bodies.has(retryKey)) accept(memory, body, retryKey);
    const { sendCall } = memory.deps;
    let limited = 3;
    const limiting: Memory["deps"] = {
      ...memory.deps,
      sendCall: async (call) =>
        (limited -= 1) >= 0 ? { kind: "rate_limited" } : await sendCall(call),
    };
    for (let round = 0; round < 20 && !memory.settled; round += 1) {
      memory.nowMs += 20_000;
      await deliverBatch(limiting, ref, signal);
    }
    expect(sent(memory)).toEqual(eachOnce(2));
  });
});

describe("rules at the moment of sending", () => {
  const quietHours = { from: "21:00", to: "08:00", zone: "Asia/Tokyo", do: "hold" } as const;
  const ask = (memory: Memory, asked: Partial<Memory["campaign"]["asked"]>): void => {
    memory.campaign = { ...memory.campaign, asked: { ...memory.campaign.asked, ...asked } };
  };

  it("lets a batch wait for the end of the quiet hours, and then sends to who is still there", async () => {
    const memory = createMemory(3);
    memory.nowMs = Date.parse("2026-11-26T12:00:00Z"); // 21:00 in Tokyo
    ask(memory, { quietHours });
    await expect(deliver(memory)).resolves.toMatchObject({ kind: "asleep" });
    expect(memory.nextAt).toEqual(new Date("2026-11-26T23:00:00Z"));
    unfollow(memory, "prof_1");
    memory.nowMs = Date.parse("2026-11-26T22:59:59Z");
    await expect(deliver(memory)).resolves.toMatchObject({ kind: "again" });
    expect(memory.calls).toBe(0);
    memory.nowMs = Date.parse("2026-11-26T23:00:00Z");
    await expect(deliver(memory)).resolves.toMatchObject({ kind: "settled" });
    expect(counts(memory)).toMatchObject({ accepted: 2, skipped: 1 });
  });

  it("goes by what the workspace says where the campaign says nothing, and by its own where it wants none", async () => {
    const memory = createMemory(1);
    memory.nowMs = Date.parse("2026-11-26T12:00:00Z");
    memory.rules = { ...memory.rules, quietHours: { ...quietHours, do: "skip" } };
    ask(memory, { quietHours: "none" });
    await deliver(memory);
    expect(counts(memory)).toMatchObject({ accepted: 1 });
    const other = createMemory(1);
    other.nowMs = memory.nowMs;
    other.rules = memory.rules;
    await deliver(other);
    expect(other.batch.recipients[0]).toMatchObject({ reason: "quiet_hours" });
  });

  it("leaves out who had as many messages as they may", async () => {
    const memory = createMemory(3);
    memory.contacts.set("prof_1", 2).set("prof_2", 1);
    ask(memory, { cap: { messages: 2, days: 7 } });
    await deliver(memory);
    expect(memory.batch.recipients.map(({ outcome, reason }) => reason ?? outcome)).toEqual([
      "accepted",
      "over_cap",
      "accepted",
    ]);
  });

  it("tries nothing from sendBefore on: who waits is skipped, and of who was tried nobody knows", async () => {
    const memory = createMemory(60);
    ask(memory, { sendBefore: new Date(memory.nowMs + 60_000) });
    memory.answer = ({ to }) =>
      to[0] === "U0" ? { kind: "unknown", reason: "timeout" } : { kind: "rate_limited" };
    await deliver(memory);
    const tried = memory.calls;
    memory.nowMs += 60_000;
    await deliverToTheEnd(memory);
    expect(memory.calls).toBe(tried);
    expect(memory.batch.recipients[0]).toMatchObject({ outcome: "unknown", reason: "expired" });
    expect(memory.batch.recipients[59]).toMatchObject({ outcome: "skipped", reason: "expired" });
    expect(counts(memory)).toMatchObject({ unknown: 1, skipped: 59, queued: 0 });
  });
});

const accepting: Memory["answer"] = () => ({
  kind: "accepted",
  requestId: "r",
  sentMessageIds: [],
});

const unfollow = ({ people }: Memory, profileId: string): void => {
  const person = people.get(profileId);
  if (person) people.set(profileId, { ...person, accounts: [] });
};

/** The names of the steps of one delivery, in order. */
const stepsOf = async (method: "push" | "multicast"): Promise<string[]> => {
  const memory = createMemory(50, method);
  const steps: string[] = [];
  await deliverBatch({ ...memory.deps, step: (name) => void steps.push(name) }, ref, signal);
  return steps;
};

/** Deps whose process dies at the nth step: from then on nothing it does has any effect. */
const dyingAt = (memory: Memory, place: number): Memory["deps"] => {
  let steps = 0;
  let dead = false;
  const dies = new Error("killed");
  return {
    ...memory.deps,
    batches: {
      ...memory.deps.batches,
      save: (token, change) =>
        dead ? Promise.reject(dies) : memory.deps.batches.save(token, change),
    },
    sendCall: (call) => {
      // Half of what is on the wire still arrives.
      if (dead && memory.calls % 2 === 0 && !memory.bodies.has(call.retryKey))
        accept(memory, call.body, call.retryKey);
      return dead ? Promise.reject(dies) : memory.deps.sendCall(call);
    },
    step: () => {
      if (steps === place) dead = true;
      steps += 1;
      if (dead) throw dies;
    },
  };
};

it("a batch whose campaign has to wait for hours by its throttle keeps its place: no other may go sooner", async () => {
  const memory = createMemory(3);
  memory.campaign = { ...memory.campaign, throttle: { perHour: 1 } };
  const throttle = async () => ({ waitMs: 3_600_000, giveBack: async () => undefined });
  const pacer = { ...memory.deps.pacer, throttle };
  const delivered = await deliverBatch({ ...memory.deps, pacer }, ref, signal);
  expect(delivered).toMatchObject({ kind: "again", why: "later" });
});

it("a call that has to wait for another slot for long is not made by what was seen before", async () => {
  const memory = createMemory(2);
  const { pacer } = memory.deps;
  const deps: Memory["deps"] = {
    ...memory.deps,
    pacer: {
      ...pacer,
      // Too late for the slots that were granted, and the next ones are far away.
      reserve: async (_channel, _method, { calls, urgency }) => ({
        slots: slotsAt(memory.nowMs + (urgency === "begun" ? 8_000 : -50), calls),
        waitMs: 0,
      }),
    },
    untilSlot: async (ms) => {
      memory.nowMs += ms;
      memory.campaign = { ...memory.campaign, state: "paused" };
    },
  };
  await expect(deliverBatch(deps, ref, signal)).resolves.toEqual({ kind: "parked" });
  expect(memory.calls).toBe(0);
  expect(memory.batch.calls).toEqual([]);
  memory.campaign = { ...memory.campaign, state: "sending" };
  await deliverToTheEnd(memory);
  expect(sent(memory)).toEqual(eachOnce(2));
});
