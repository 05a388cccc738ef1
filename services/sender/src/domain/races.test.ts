import { describe, expect, it } from "vitest";

import { tallyOf } from "./batch.ts";
import type { DeliverDeps } from "./deliver-deps.ts";
import { deliverBatch } from "./deliver-batch.ts";
import type { Answer } from "./line-answer.ts";
import { createMemory, slotsAt, type Memory } from "./memory.ts";

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
        reserve: around(async () => ({ slots: slotsAt(memory.nowMs + 16, 4), waitMs: 0 })),
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

/** What does not hold after a race, in words; what is committed may come too late to matter. */
type Check = (race: Race, seed: number) => readonly (string | false | undefined)[];

const runAll = async (
  method: "push" | "multicast",
  kindOf: (random: () => number) => Kind,
  check: Check,
): Promise<string[]> => {
  const broken: string[] = [];
  for (let seed = 1; seed <= races; seed += 1) {
    const random = raceRandom(seed);
    const kind = kindOf(random);
    const race = startRace(momentOf(random, method), method, { ...kind, random });
    await deliverToTheEnd(race);
    const told = check(race, seed);
    if (!race.memory.settled) {
      kind.revoke?.(race.memory);
      await deliverToTheEnd(race);
    }
    for (const line of [...told, ...atTheEnd(race, kind)])
      if (line) broken.push(`seed ${seed}: ${line}`);
  }
  return broken;
};

const hasIt = ({ memory }: Race, profileId = ""): boolean =>
  memory.accepted.has(`U${profileId.slice("prof_".length)}`);

/** Everybody has an end, nobody has the message twice, and each end is true. */
const atTheEnd = (race: Race, { revoke }: Kind): readonly (string | false)[] => {
  const { memory } = race;
  const { recipients } = memory.batch;
  const { counts } = tallyOf(recipients);
  return [
    !memory.settled && "is not at its end",
    counts.queued > 0 && "somebody has no end",
    Math.max(...memory.accepted.values(), 0) > 1 && "somebody has it twice",
    revoke !== undefined && counts.accepted !== count && "somebody has not got it",
    ...recipients.flatMap(({ outcome, profileId }) => [
      outcome === "accepted" && !hasIt(race, profileId) && `${profileId} has not got it`,
      (outcome === "cancelled" || outcome === "skipped") &&
        hasIt(race, profileId) &&
        `${profileId} has got it`,
    ]),
  ];
};

describe.each(["push", "multicast"] as const)(
  "in the middle of a %s",
  { timeout: 300_000 },
  (method) => {
    it.each(kinds)("$name: nothing is begun once it is seen", async (kind) => {
      let met = 0;
      const broken = await runAll(
        method,
        () => kind,
        (race) => {
          if (tallyOf(race.memory.batch.recipients).counts.accepted < count) met += 1;
          return [race.late() > 0 && `${race.late()} calls were begun too late`];
        },
      );
      expect(broken).toEqual([]);
      expect(met).toBeGreaterThan(races / 10);
    });

    it.each([
      ["an unfollow", "not_following"],
      ["a suppression", "suppressed"],
    ] as const)("%s: no attempt begins after it", async (name, reason) => {
      let met = 0;
      let gone = 0;
      const leaving = (random: () => number): Kind => {
        gone = Math.floor(random() * count);
        return {
          name,
          isSeen: () => false,
          commit: ({ people }) => leave(people, `prof_${gone}`, reason),
        };
      };
      const broken = await runAll(method, leaving, ({ memory, committedAt }) => {
        const end = memory.batch.recipients[gone];
        if (end?.outcome === "skipped") met += 1;
        return [
          end?.outcome === "skipped" && end.reason !== reason && `skipped with ${end.reason}`,
          end?.outcome !== "skipped" &&
            Number(end?.firstAttemptAt) > committedAt() &&
            "an attempt began after it",
        ];
      });
      expect(broken).toEqual([]);
      expect(met).toBeGreaterThan(races / 20);
    });
  },
);

const leave = (
  people: Memory["people"],
  profileId: string,
  reason: "not_following" | "suppressed",
): void => {
  const person = people.get(profileId);
  if (!person) return;
  const accounts = person.accounts.map((account) => ({
    ...account,
    friendship: { chan_1: { state: "blocked" as const } },
  }));
  people.set(
    profileId,
    reason === "suppressed" ? { ...person, suppressed: true } : { ...person, accounts },
  );
};
