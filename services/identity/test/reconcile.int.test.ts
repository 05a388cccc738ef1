import { reconcileChannel } from "@yubin/types";
import type { ReconciliationRow } from "@yubin/store";
import { expect, it, vi } from "vitest";

import { workspaceId } from "./made-events.ts";
import { brokenPromises } from "./people-world.ts";
import {
  followedChannel,
  openFollowerWorld,
  stateOf,
  type FollowerWorld,
} from "./follower-world.ts";
import { startIdentityProcess } from "./identity-process.ts";
import { startTestIdentity } from "./start-test-identity.ts";

const longAgo = new Date(Date.now() - 3_600_000);
const daily = { RECONCILE_EVERY_MS: "86400000" };

const rowOf = ({ world }: FollowerWorld): Promise<ReconciliationRow | null> =>
  world.store.reconciliations.findOne({ _id: followedChannel, workspaceId });

/** Makes the next run due, and waits for its end. */
const reconcile = async (w: FollowerWorld): Promise<NonNullable<ReconciliationRow["last"]>> => {
  const row = await vi.waitFor(async () => {
    const found = await rowOf(w);
    if (!found) throw new Error("no row yet");
    return found;
  }, 60_000);
  await w.world.store.reconciliations.updateOne(
    { _id: followedChannel, workspaceId },
    { $set: { nextAt: new Date() } },
  );
  await w.producer.enqueue(reconcileChannel, [{ v: 1, workspaceId, channelId: followedChannel }]);
  return untilRun(w, row.run + 1);
};

const untilRun = (w: FollowerWorld, run: number): Promise<NonNullable<ReconciliationRow["last"]>> =>
  vi.waitFor(
    async () => {
      const row = await rowOf(w);
      expect(row).toMatchObject({ phase: "idle", run });
      if (!row?.last) throw new Error("it has not ended");
      return row.last;
    },
    { timeout: 180_000, interval: 100 },
  );

const untilApplied = (w: FollowerWorld): Promise<void> =>
  vi.waitFor(
    async () => expect(await w.world.store.events.countDocuments({ state: "stored" })).toBe(0),
    { timeout: 60_000, interval: 50 },
  );

it("holds everybody here against LINE's list, and says why each state changed", async () => {
  const w = await openFollowerWorld();
  const people = w.addFollowers(1_500);
  const { opsUrl } = await startTestIdentity({ ...w.env, ...daily });
  const known = people.slice(0, 1_400);
  await w.tell("follow", known, longAgo);
  // Nobody tells of these: twenty block, five delete their accounts, ten come back.
  const gone = known.slice(0, 25);
  w.simulator.block(w.lineChannelId, gone.slice(0, 20));
  for (const one of gone.slice(20)) w.simulator.deleteAccount("main", one);
  const back = known.slice(25, 35);
  await w.tell("unfollow", back, new Date(longAgo.getTime() + 1_000));
  await untilApplied(w);

  const last = await reconcile(w);
  expect(last).toMatchObject({
    how: "list",
    reason: null,
    listed: 1_475,
    checked: 1_400 - 10 + 110,
    foundFollows: 110,
    foundUnfollows: 25,
  });
  const accounts = await w.accounts();
  for (const one of gone)
    expect(accounts.get(one)?.friendship[followedChannel]).toMatchObject({
      state: "blocked",
      by: "reconciliation",
    });
  for (const one of [...back, ...people.slice(1_400)])
    expect(accounts.get(one)?.friendship[followedChannel]).toMatchObject({
      state: "following",
      by: "reconciliation",
    });
  for (const one of known.slice(35))
    expect(accounts.get(one)?.friendship[followedChannel]).toMatchObject({ by: "follow" });
  expect(await brokenPromises(w.world.store)).toEqual([]);

  const metrics = await (await fetch(`${opsUrl}/metrics`)).text();
  expect(metrics).toMatch(/yubin_identity_missed_total\{[^}]*change="unfollow"[^}]*\} 25/);
  expect(await reconcile(w)).toMatchObject({ foundFollows: 0, foundUnfollows: 0, listed: 1_475 });
});

it("asks for a profile before it believes that somebody left whom LINE does not list", async () => {
  const w = await openFollowerWorld();
  const [unlisted = "", ...others] = w.addFollowers(50);
  await startTestIdentity({ ...w.env, ...daily });
  await w.tell("follow", [unlisted, ...others], longAgo);
  await untilApplied(w);
  // LINE's list is of before they came back: here it is stopped right after it, and they follow again.
  w.simulator.block(w.lineChannelId, [unlisted]);
  w.simulator.faults.set([{ kind: "error500Before", rate: 1, endpoint: "profile" }]);
  const ended = reconcile(w);
  await vi.waitFor(
    async () =>
      expect(await rowOf(w)).toMatchObject({ phase: "checking", reason: "line.unavailable" }),
    60_000,
  );
  w.simulator.unblock(w.lineChannelId, [unlisted]);
  w.simulator.faults.clear();
  expect(await ended).toMatchObject({ foundUnfollows: 0, listed: 49 });
  expect(stateOf((await w.accounts()).get(unlisted))).toBe("following");
});

it("asks who some are where LINE lists nobody, and goes round", async () => {
  const w = await openFollowerWorld();
  const people = w.addFollowers(60);
  w.simulator.updateChannel(w.lineChannelId, { verified: false });
  await startTestIdentity({ ...w.env, ...daily, RECONCILE_SAMPLE: "25" });
  await w.tell("follow", people, longAgo);
  await untilApplied(w);
  await vi.waitFor(async () => {
    const named = [...(await w.accounts()).values()].filter(({ fetchedAt }) => fetchedAt);
    expect(named).toHaveLength(people.length);
  }, 60_000);
  w.simulator.ledger.clear();
  const gone = people.filter((_, at) => at % 6 === 0);
  w.simulator.block(w.lineChannelId, gone);

  const runs = [await reconcile(w), await reconcile(w), await reconcile(w)];
  for (const run of runs) expect(run).toMatchObject({ how: "sample", reason: null, listed: 0 });
  expect(runs.map(({ checked }) => checked)).toEqual([25, 25, 10]);
  expect(runs.reduce((sum, { foundUnfollows }) => sum + foundUnfollows, 0)).toBe(gone.length);
  const accounts = await w.accounts();
  for (const one of people)
    expect(stateOf(accounts.get(one))).toBe(gone.includes(one) ? "blocked" : "following");
  expect(w.simulator.ledger.summary().endpoints.profile).toMatchObject({ attempted: 60 });
  const { worstSecond } = w.simulator.ledger.summary().endpoints.profile ?? {};
  expect(worstSecond?.attempted).toBeLessThan(20);

  // A profile is no proof that somebody follows: it may have been shown because they wrote.
  w.simulator.unblock(w.lineChannelId, gone);
  await reconcile(w);
  expect(stateOf((await w.accounts()).get(gone[0] ?? ""))).toBe("blocked");
});

it("loses against a follow that is newer than the check", async () => {
  const w = await openFollowerWorld();
  const [one = ""] = w.addFollowers(1);
  w.simulator.updateChannel(w.lineChannelId, { verified: false });
  w.simulator.block(w.lineChannelId, [one]);
  await startTestIdentity({ ...w.env, ...daily });
  await w.tell("follow", [one], new Date());
  await untilApplied(w);
  expect(await reconcile(w)).toMatchObject({ checked: 1, foundUnfollows: 0 });
  expect(stateOf((await w.accounts()).get(one))).toBe("following");
});

it("says why it could not be made", async () => {
  const w = await openFollowerWorld();
  w.simulator.revokeToken(w.simulator.channel(w.lineChannelId).accessToken);
  await startTestIdentity({ ...w.env, ...daily });
  expect(await reconcile(w)).toMatchObject({ reason: "line.unauthorized", checked: 0 });
});

it("comes again by itself, and not where it is switched off", async () => {
  const w = await openFollowerWorld();
  w.addFollowers(3);
  const off = await startTestIdentity(w.env);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await rowOf(w)).toBeNull();
  await off.close();
  await startTestIdentity({ ...w.env, RECONCILE_EVERY_MS: "1000" });
  await untilRunsReach(w, 3);
  expect((await w.accounts()).size).toBe(3);
});

const untilRunsReach = (w: FollowerWorld, run: number): Promise<void> =>
  vi.waitFor(async () => expect((await rowOf(w))?.run).toBeGreaterThanOrEqual(run), {
    timeout: 30_000,
    interval: 100,
  });

// Each in a world of its own: they wait for locks of the killed to lapse.
it.concurrent.for([
  ["listing.page", 2],
  ["listing.insert", 2],
  ["listing.save", 3],
  ["listing.ask", 3],
  ["listing.tell", 3],
  ["listing.end", 1],
] as const)(
  "goes on after a process was killed at %s",
  async ([step, visit], { onTestFinished }) => {
    const w = await openFollowerWorld({}, onTestFinished);
    const people = w.addFollowers(1_200);
    const setUp = await startTestIdentity({ ...w.env, ...daily }, undefined, onTestFinished);
    await w.tell("follow", people.slice(0, 1_150), longAgo);
    await untilApplied(w);
    await vi.waitFor(async () => expect(await rowOf(w)).not.toBeNull(), 60_000);
    await setUp.close();
    const gone = people.slice(0, 10);
    w.simulator.block(w.lineChannelId, gone);
    await w.world.store.reconciliations.updateOne(
      { _id: followedChannel, workspaceId },
      { $set: { nextAt: new Date() } },
    );
    await using doomed = await startIdentityProcess({ ...w.env, ...daily }, { step, visit });
    expect(await doomed.ended).toBe("SIGKILL");

    await startTestIdentity({ ...w.env, ...daily }, undefined, onTestFinished);
    expect(await untilRun(w, 1)).toMatchObject({ foundFollows: 50, foundUnfollows: 10 });
    const accounts = await w.accounts();
    for (const one of people)
      expect(stateOf(accounts.get(one))).toBe(gone.includes(one) ? "blocked" : "following");
  },
);
