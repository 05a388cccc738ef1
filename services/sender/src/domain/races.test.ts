import { describe, expect, it } from "vitest";

import { tallyOf } from "./batch.ts";
import { deliverBatch, type DeliverDeps } from "./deliver-batch.ts";
import type { Answer } from "./line-answer.ts";
import { createMemory, type Memory } from "./memory.ts";

const races = 10_000;
const ref = { workspaceId: "ws_main", batchId: "camp_1/000000" };
const { signal } = new AbortController();
const count = 12;

/** A race: something is committed at one of the moments between everything that a sender reads, writes and asks. */
interface Race {
  readonly memory: Memory;
  readonly deps: DeliverDeps;
  /** When it was committed, by the clock of the race; never, where the sender was done before. */
  readonly committedAt: () => number;
  /** Calls that LINE got although what keeps them from being made had been read before. */
  readonly late: () => number;
}

const startRace = (
  moment: number,
  method: "push" | "multicast",
  { commit, isSeen, random }: Kind & { readonly random: () => number },
): Race => {
  const memory = createMemory(count, method);
  let ticks = 0;
  let committedAt = Infinity;
  let seen = false;
  let late = 0;
  const tick = (): void => {
    memory.nowMs += 1;
    if (ticks === moment) {
      commit(memory, random);
      committedAt = memory.nowMs;
    }
    ticks += 1;
  };
  /** Everything that is asked of a port takes a moment before and after. */
  const around =
    <Args extends unknown[], Value>(ask: (...args: Args) => Promise<Value>) =>
    async (...args: Args): Promise<Value> => {
      tick();
      const value = await ask(...args);
      if (isSeen(memory, value) && committedAt <= memory.nowMs) seen = true;
      tick();
      return value;
    };
  const { deps } = memory;
  return {
    memory,
    committedAt: () => committedAt,
    late: () => late,
    deps: {
      ...deps,
      batches: { claim: around(deps.batches.claim), save: around(deps.batches.save) },
      campaigns: {
        ...deps.campaigns,
        find: around(deps.campaigns.find),
        stateNow: around(deps.campaigns.stateNow),
        pause: around(deps.campaigns.pause),
      },
      channels: { find: around(deps.channels.find), stop: around(deps.channels.stop) },
      people: { find: around(deps.people.find) },
      pacer: {
        ...deps.pacer,
        reserve: around(async () => ({ granted: 4, waitMs: 0, startsInMs: 0, everyMs: 0 })),
      },
      renderMessages: async ({ messages, scopes }) => scopes.map(() => ({ messages })),
      sendCall: async (call) => {
        if (seen) late += 1;
        tick();
        const answer = await deps.sendCall(call);
        tick();
        // Of a fifth nobody knows, so that calls are repeated across what is committed.
        return answer.kind === "accepted" && random() < 0.2
          ? { kind: "unknown", reason: "reset" }
          : answer;
      },
    },
  };
};

interface Kind {
  readonly name: string;
  readonly commit: (memory: Memory, random: () => number) => void;
  /** Whether what was read tells of it. */
  readonly isSeen: (memory: Memory, read: unknown) => boolean;
  /** What sets it going again; none where nothing does. */
  readonly revoke?: (memory: Memory) => void;
}

const isState = (read: unknown, ...states: string[]): boolean =>
  typeof read === "object" && read !== null && "run" in read && "state" in read
    ? states.includes(String(read.state))
    : false;

const resume = (memory: Memory): void => {
  memory.run += 1;
  memory.campaign = { ...memory.campaign, state: "sending" };
};

const refusing =
  (answer: Answer): Memory["answer"] =>
  () =>
    answer;
const accepting: Memory["answer"] = () => ({
  kind: "accepted",
  requestId: "r",
  sentMessageIds: [],
});

const kinds: readonly Kind[] = [
  {
    name: "a pause",
    commit: (memory) => (memory.campaign = { ...memory.campaign, state: "paused" }),
    isSeen: (_, read) => isState(read, "paused"),
    revoke: resume,
  },
  {
    name: "a cancel",
    commit: (memory) => (memory.campaign = { ...memory.campaign, state: "cancelled" }),
    isSeen: (_, read) => isState(read, "cancelled"),
  },
  {
    name: "an end of the month's quota",
    commit: (memory) => (memory.answer = refusing({ kind: "quota_exhausted" })),
    isSeen: (_, read) => isState(read, "paused"),
    revoke: (memory) => {
      memory.answer = accepting;
      resume(memory);
    },
  },
  {
    name: "a token that is revoked",
    commit: (memory) => (memory.answer = refusing({ kind: "unauthorized" })),
    isSeen: ({ channel }, read) => channel.state === "stopped" && read === channel,
    revoke: (memory) => {
      memory.answer = accepting;
      memory.channel = {
        ...memory.channel,
        state: "connected",
        version: memory.channel.version + 1,
      };
    },
  },
];

/** As the queue and the sweeper do; who stands still for long is somebody else by then. */
const deliverToTheEnd = async ({ memory, deps }: Race): Promise<void> => {
  for (let round = 0; round < 60 && !memory.settled; round += 1) {
    await deliverBatch(deps, ref, signal);
    memory.nowMs += 20_000;
  }
};

/** The moments of a run in which nothing is committed, and some in which it is over. */
const momentOf = (random: () => number, method: "push" | "multicast"): number =>
  Math.floor(random() * (method === "push" ? 90 : 30));

/** The same moments and answers for the same seed: mulberry32, a public-domain generator. */
const raceRandom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

describe.each(["push", "multicast"] as const)(
  "in the middle of a %s",
  { timeout: 300_000 },
  (method) => {
    it.each(kinds)(
      "$name: nothing is begun once it is seen, and the rest goes once or ends",
      async (kind) => {
        let met = 0;
        for (let seed = 1; seed <= races; seed += 1) {
          const random = raceRandom(seed);
          const race = startRace(momentOf(random, method), method, { ...kind, random });
          const { memory } = race;
          await deliverToTheEnd(race);
          expect(race.late(), `seed ${seed}`).toBe(0);
          const { counts } = tallyOf(memory.batch.recipients);
          if (counts.accepted < count) met += 1;
          if (!memory.settled) {
            expect(kind.revoke, `seed ${seed} stays open`).toBeDefined();
            kind.revoke?.(memory);
            await deliverToTheEnd(race);
          }
          expect(memory.settled, `seed ${seed}`).toBe(true);
          expect(Math.max(...memory.accepted.values(), 0), `seed ${seed}`).toBeLessThanOrEqual(1);
          const end = tallyOf(memory.batch.recipients).counts;
          const expected = kind.revoke
            ? { accepted: count, queued: 0 }
            : { accepted: expect.any(Number), queued: 0, refused: 0, skipped: 0 };
          expect(end, `seed ${seed}`).toMatchObject({ audience: count, ...expected });
          // Whoever is said to have it has it, and of nobody it is said that they have not.
          for (const { outcome, profileId } of memory.batch.recipients) {
            const has = memory.accepted.has(`U${profileId?.slice("prof_".length)}`);
            if (outcome === "accepted") expect(has, `seed ${seed}`).toBe(true);
            if (outcome === "cancelled") expect(has, `seed ${seed}`).toBe(false);
          }
        }
        expect(met).toBeGreaterThan(races / 10);
      },
    );

    it.each([
      ["an unfollow", "not_following"],
      ["a suppression", "suppressed"],
    ] as const)("%s: no attempt begins after it", async (name, reason) => {
      let met = 0;
      for (let seed = 1; seed <= races; seed += 1) {
        const random = raceRandom(seed);
        const gone = Math.floor(random() * count);
        const race = startRace(momentOf(random, method), method, {
          name,
          random,
          isSeen: () => false,
          commit: ({ people }) => {
            const person = people.get(`prof_${gone}`);
            if (!person) return;
            const accounts = person.accounts.map((account) => ({
              ...account,
              friendship: { chan_1: { state: "blocked" as const } },
            }));
            people.set(
              `prof_${gone}`,
              reason === "suppressed" ? { ...person, suppressed: true } : { ...person, accounts },
            );
          },
        });
        await deliverToTheEnd(race);
        expect(race.memory.settled).toBe(true);
        const end = race.memory.batch.recipients[gone];
        if (end?.outcome === "skipped") {
          met += 1;
          expect(end.reason).toBe(reason);
          expect(race.memory.accepted.has(`U${gone}`), `seed ${seed}`).toBe(false);
        } else {
          expect(end?.outcome, `seed ${seed}`).toBe("accepted");
          expect(Number(end?.firstAttemptAt), `seed ${seed}`).toBeLessThanOrEqual(
            race.committedAt(),
          );
        }
        expect(tallyOf(race.memory.batch.recipients).counts.queued).toBe(0);
      }
      expect(met).toBeGreaterThan(races / 20);
    });
  },
);
