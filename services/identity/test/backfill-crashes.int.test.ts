import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";

import { openFollowerWorld, stateOf, type FollowerWorld } from "./follower-world.ts";
import { startIdentityProcess } from "./identity-process.ts";
import { brokenPromises, seeded } from "./people-world.ts";
import { startTestIdentity } from "./start-test-identity.ts";

const longAgo = new Date(Date.now() - 3_600_000);

/** What a process does on the way, with how often it has done so when it dies. */
const places = [
  ["before it takes the row", "listing.claim", 1],
  ["before the first page", "listing.page", 1],
  ["before a later page", "listing.page", 2],
  ["before a page's events are stored", "listing.insert", 2],
  ["after a page's events were stored, before they are enqueued", "listing.enqueue", 2],
  ["before the next place is kept", "listing.save", 2],
  ["after it was kept", "listing.saved", 2],
  ["after a name was claimed, before its profile is there", "insert", 2],
  ["after profiles were written, before their events are marked", "end", 2],
  ["before the end is written", "listing.end", 1],
  ["after the end was written", "listing.ended", 1],
] as const;

describe("identity that is killed in a backfill", () => {
  // Each in a world of its own: they wait for locks of the killed to lapse, and for a name at a time.
  it.concurrent.for(places)(
    "%s loses nobody and counts nobody twice",
    async (place, { onTestFinished }) => {
      const [, step, visit] = place;
      const w = await openFollowerWorld({}, onTestFinished);
      const [blocked = "", ...others] = w.addFollowers(2_500);
      const [gone] = await w.tell("unfollow", [blocked], longAgo);
      if (!gone) throw new Error("one was made");
      await w.world.apply([gone]);
      const id = await w.start();
      await using doomed = await startIdentityProcess(w.env, { step, visit });
      expect(await doomed.ended).toBe("SIGKILL");

      await startTestIdentity(w.env, undefined, onTestFinished);
      expect(await w.untilSettled(id)).toMatchObject({
        state: "done",
        found: 2_500,
        created: 2_499,
        updated: 1,
        unchanged: 0,
      });
      const accounts = await w.accounts();
      expect(new Set(accounts.keys())).toEqual(new Set([blocked, ...others]));
      for (const account of accounts.values()) expect(stateOf(account)).toBe("following");
      expect(await brokenPromises(w.world.store)).toEqual([]);
    },
  );
});

const ids = Number(process.env["BACKFILL_IDS"] ?? 20_000);
const kills = 20;
const seed = Number(process.env["SEED"] ?? 20_261_126);

describe("a backfill that is killed again and again", { timeout: 1_800_000 }, () => {
  it(`of ${ids} followers, ${kills} times, while people come and go, brings back nobody who left and misses nobody who stays`, async () => {
    const w = await openFollowerWorld();
    const people = w.addFollowers(ids);
    const random = seeded(seed);
    const following = new Set(people);
    const id = await w.start();
    const startedAt = performance.now();
    for (let kill = 0; kill < kills; kill += 1) {
      await using doomed = await startIdentityProcess(w.env, fateOf(kill, random));
      await comeAndGo(w, { people, following, random });
      if (!hasFate(kill)) await pause(random() * 1_000);
      doomed.kill();
      expect(await doomed.ended).toBe("SIGKILL");
    }
    const midway = await w.row(id);
    await startTestIdentity(w.env);
    const ended = await w.untilSettled(id, 1_200_000);
    await untilApplied(w);
    const accounts = await w.accounts();
    const wrong = (state: string, among: Iterable<string>): number =>
      [...among].filter((one) => stateOf(accounts.get(one)) !== state).length;
    const left = people.filter((one) => !following.has(one));
    const report = {
      seed,
      ids,
      kills,
      pagesAfterKills: midway.pages,
      pages: ended.pages,
      left: left.length,
      resurrected: wrong("blocked", left),
      missing: wrong("following", following),
      seconds: Math.round((performance.now() - startedAt) / 1_000),
    };
    process.stdout.write(`${JSON.stringify(report)}\n`);
    expect(report).toMatchObject({ resurrected: 0, missing: 0 });
    expect(left.length).toBeGreaterThan(kills);
    expect(ended).toMatchObject({ state: "done" });
    expect(ended.created + ended.updated + ended.unchanged).toBe(ended.found);
    expect(await brokenPromises(w.world.store)).toEqual([]);
  });
});

/** What the killed had in hand waits until it is found stalled, or by the sweeper. */
const untilApplied = ({ world: { store } }: FollowerWorld): Promise<void> =>
  vi.waitFor(async () => expect(await store.events.countDocuments({ state: "stored" })).toBe(0), {
    timeout: 300_000,
    interval: 200,
  });

/** Half of them die at a step of theirs, the others at any moment. */
const hasFate = (kill: number): boolean => kill % 2 === 0;
const steps = ["page", "insert", "enqueue", "save", "saved"];
const fateOf = (kill: number, random: () => number) =>
  hasFate(kill)
    ? {
        step: `listing.${steps[Math.floor(random() * steps.length)]}`,
        visit: 2 + Math.floor(random() * 2),
      }
    : undefined;

/** Some leave, and some of those who left come back; LINE tells of each, in any order. */
const comeAndGo = async (
  { tell, simulator, lineChannelId }: FollowerWorld,
  given: { people: readonly string[]; following: Set<string>; random: () => number },
): Promise<void> => {
  const { people, following, random } = given;
  const some = Array.from({ length: 40 }, () => people[Math.floor(random() * people.length)] ?? "");
  const leaving = [...new Set(some)].filter((one) => following.has(one));
  const back = people.filter((one) => !following.has(one)).slice(0, 5);
  const at = new Date();
  simulator.block(lineChannelId, leaving);
  simulator.unblock(lineChannelId, back);
  await tell("follow", back, new Date(at.getTime() + 2));
  await tell("unfollow", leaving, at);
  for (const one of leaving) following.delete(one);
  for (const one of back) following.add(one);
};
