import { expect, it } from "vitest";

import { createMemoryPeople, type MemoryPeople } from "./memory-people.ts";
import { channelId, identify, lineEvent, lineUser, workspaceId } from "./made-events.ts";
import { applyEvents, type ApplyEventsDeps } from "../src/domain/apply-events.ts";
import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { liveOwner } from "../src/domain/owner.ts";
import { seeded } from "./people-world.ts";

const seed = Number(process.env["PEOPLE_SEED"] ?? 14);
const interleavings = process.env["PEOPLE_FULL"] === "1" ? 10_000 : 1_000;

/** Lets one call of the store happen at a time, of all that wait the one that chance picks. */
const createScheduler = (random: () => number) => {
  const waiting: (() => void)[] = [];
  const taking = <Calls extends object>(calls: Calls): Calls =>
    Object.fromEntries(
      Object.entries(calls).map(([name, call]: [string, unknown]) => [
        name,
        typeof call !== "function"
          ? call
          : async (...args: unknown[]) => {
              await new Promise<void>((resolve) => waiting.push(resolve));
              return (call as (...args: unknown[]) => unknown)(...args);
            },
      ]),
    ) as Calls;
  const run = async (work: readonly Promise<unknown>[]): Promise<void> => {
    const progress = { isOver: false };
    const all = Promise.all(work).finally(() => {
      progress.isOver = true;
    });
    while (!progress.isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      const [next] = waiting.splice(Math.floor(random() * waiting.length), 1);
      next?.();
    }
    await all;
  };
  return { taking, run };
};

const story = (): InboxEvent[] => [
  lineEvent("follow", lineUser(1)),
  identify({ userId: "u-1", lineUserId: lineUser(1), traits: { one: 1 } }),
  identify({ userId: "u-1", anonymousId: "d-1", traits: { two: 2 } }),
  lineEvent("unfollow", lineUser(1)),
];

const applyInterleaved = async (
  random: () => number,
  events: readonly InboxEvent[],
): Promise<MemoryPeople> => {
  const people = createMemoryPeople(events);
  const { taking, run } = createScheduler(random);
  let made = 0;
  const deps: ApplyEventsDeps = {
    people: taking(people),
    providerOf: async () => "main",
    rulesOf: async () => ({ conflictPolicy: "hold", mergesPerHourMax: 20, undoWindowMs: 1_000 }),
    newProfileId: () => `prof_${String((made += 1)).padStart(4, "0")}`,
    now: () => new Date(1_764_000_000_000),
    solo: () => Promise.reject(new Error("none of these")),
    onFailed: (_, error) => {
      throw error;
    },
    onContention: () => undefined,
  };
  await run(events.map(({ id }) => applyEvents(deps, workspaceId, [id])));
  return people;
};

it(`orphans nobody in ${interleavings} orders of following and identifying at once, seed ${seed}`, async () => {
  const random = seeded(seed);
  for (let n = 0; n < interleavings; n += 1) {
    const { aliases, profiles, ended, events } = await applyInterleaved(random, story());
    const live = [...profiles.values()].filter(({ mergedInto }) => mergedInto === null);
    const found = new Set(
      [...aliases.values()].map(({ profileId }) => liveOwner(profiles, profileId).profileId),
    );
    expect(ended.size).toBe(events.size);
    expect([...found]).toEqual(live.map(({ id }) => id));
    expect(live).toHaveLength(1);
    expect(live[0]).toMatchObject({
      externalIds: ["u-1"],
      traits: { one: 1, two: 2 },
      lineAccounts: [{ friendship: { [channelId]: { state: "blocked" } } }],
    });
  }
});

/** Calls that give each other's names: ids, a browser, a LINE ID. */
const strangers = (random: () => number): InboxEvent[] => {
  const pick = <One>(all: readonly One[]): One => {
    const one = all[Math.floor(random() * all.length)];
    if (one === undefined) throw new Error("nothing to pick");
    return one;
  };
  const users = ["u-1", "u-2", "u-3"];
  const calls = Array.from({ length: 5 }, () => {
    const [userId, lineUserId, anonymousId] = [pick(users), lineUser(1), "d-1"];
    return random() < 0.4
      ? identify({}, { type: "alias", body: { previousId: pick([...users, "d-1"]), userId } })
      : identify(
          pick([
            { userId },
            { userId, lineUserId },
            { userId, anonymousId },
            { lineUserId, anonymousId },
          ]),
        );
  });
  return [...(random() < 0.5 ? [lineEvent("follow", lineUser(1))] : []), ...calls];
};

it(`has one person for each external id in ${interleavings} orders of aliases and calls at once, seed ${seed}`, async () => {
  const random = seeded(seed);
  for (let n = 0; n < interleavings; n += 1) {
    const calls = strangers(random);
    const { aliases, profiles, ended } = await applyInterleaved(random, calls);
    const live = [...profiles.values()].filter(({ mergedInto }) => mergedInto === null);
    const named = [...aliases.values()].flatMap(({ alias, profileId }) =>
      alias.kind === "user" ? [`${alias.value} ${liveOwner(profiles, profileId).profile?.id}`] : [],
    );
    const told = `run ${n}: ${calls.map(({ body, lineUserId }) => JSON.stringify({ ...body, lineUserId })).join("\n")}`;
    expect(ended.size).toBe(calls.length);
    expect(named.toSorted(), told).toEqual(
      live.flatMap(({ id, externalIds }) => externalIds.map((one) => `${one} ${id}`)).toSorted(),
    );
    for (const { key, profileId } of aliases.values())
      expect(liveOwner(profiles, profileId).profile, `${key} of ${told}`).toBeDefined();
  }
});
