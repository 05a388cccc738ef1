import { setTimeout as pause } from "node:timers/promises";
import { fetchProfile, runBackfill } from "@yubin/types";
import { expect, it, vi } from "vitest";

import { identify, workspaceId } from "./made-events.ts";
import { brokenPromises } from "./people-world.ts";
import { followedChannel, openFollowerWorld, stateOf } from "./follower-world.ts";
import { startTestIdentity } from "./start-test-identity.ts";

const longAgo = new Date(Date.now() - 3_600_000);

it("brings in everybody whom LINE lists, with a name, and counts what came of each", async () => {
  const w = await openFollowerWorld();
  const userIds = w.addFollowers(1_200);
  const [known = "", blocked = "", linked = ""] = userIds;
  await startTestIdentity(w.env);
  await w.tell("follow", [known], longAgo);
  await w.tell("unfollow", [blocked], longAgo);
  const call = identify({ userId: "ann", lineUserId: linked });
  await w.world.keep([call]);
  await w.world.apply([call]);
  await vi.waitFor(async () => expect((await w.accounts()).size).toBe(3), 60_000);

  const id = await w.start();
  const ended = await w.untilSettled(id);
  expect(ended).toMatchObject({
    state: "done",
    reason: null,
    pages: 2,
    found: 1_200,
    created: 1_197,
    updated: 2,
    unchanged: 1,
  });
  const accounts = await w.accounts();
  expect(new Set(accounts.keys())).toEqual(new Set(userIds));
  for (const account of accounts.values()) expect(stateOf(account)).toBe("following");
  expect(accounts.get(known)?.friendship[followedChannel]).toMatchObject({
    by: "follow",
    at: longAgo,
    confirmedAt: expect.any(Date),
  });
  expect(accounts.get(blocked)?.friendship[followedChannel]).toMatchObject({ by: "backfill" });
  const found = accounts.get(userIds.at(-1) ?? "");
  expect(found).toMatchObject({ proof: { kind: "followers_list" } });
  expect(await brokenPromises(w.world.store)).toEqual([]);

  await vi.waitFor(
    async () => {
      const named = [...(await w.accounts()).values()].filter(({ fetchedAt }) => fetchedAt);
      expect(named.length).toBe(1_200);
    },
    { timeout: 180_000, interval: 500 },
  );
});

it("keeps few names waiting in Redis, so that whoever follows now is not behind thousands", async () => {
  const w = await openFollowerWorld();
  w.addFollowers(1_500);
  await startTestIdentity({ ...w.env, NAME_FETCHES_PER_SECOND: "1" });
  await w.untilSettled(await w.start());
  let most = 0;
  for (let look = 0; look < 30; look += 1) {
    const [depth] = await w.producer.depths([fetchProfile.queue]);
    most = Math.max(most, (depth?.waiting ?? 0) + (depth?.active ?? 0) + (depth?.delayed ?? 0));
    await pause(100);
  }
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(200);
});

it("only counts in a dry run", async () => {
  const w = await openFollowerWorld();
  const [known = "", blocked = ""] = w.addFollowers(1_200);
  await startTestIdentity(w.env);
  await w.tell("follow", [known], longAgo);
  await w.tell("unfollow", [blocked], longAgo);
  await vi.waitFor(async () => expect((await w.accounts()).size).toBe(2), 60_000);
  const ended = await w.untilSettled(await w.start({ dryRun: true }));
  expect(ended).toMatchObject({
    state: "done",
    found: 1_200,
    created: 1_198,
    updated: 1,
    unchanged: 1,
    namesAfter: null,
  });
  expect((await w.accounts()).size).toBe(2);
  expect(stateOf((await w.accounts()).get(blocked))).toBe("blocked");
  expect(await w.world.store.events.countDocuments({ type: "followerFound" })).toBe(0);
});

it("a live event newer than the start of the listing wins, whichever is applied first", async () => {
  const w = await openFollowerWorld({ latencyMs: 300 });
  const userIds = w.addFollowers(3_000);
  await startTestIdentity(w.env);
  const [before, after] = [userIds.slice(0, 100), userIds.slice(-100)];
  const startedAt = new Date();
  const id = await w.start();
  // Some are listed and applied when their unfollow comes, for the others the unfollow comes first.
  await w.tell("unfollow", [...before, ...after], startedAt);
  expect(await w.untilSettled(id)).toMatchObject({ state: "done", found: 3_000 });
  await w.tell("unfollow", userIds.slice(100, 200), startedAt);
  await vi.waitFor(
    async () => expect(await w.world.store.events.countDocuments({ state: "stored" })).toBe(0),
    60_000,
  );
  const accounts = await w.accounts();
  const left = [...before, ...after, ...userIds.slice(100, 200)];
  expect(left.filter((one) => stateOf(accounts.get(one)) !== "blocked")).toEqual([]);
  const stayed = userIds.filter((one) => !left.includes(one));
  expect(stayed.filter((one) => stateOf(accounts.get(one)) !== "following")).toEqual([]);
});

it("stops within two seconds when it is cancelled, and counts whom it has found", async () => {
  const w = await openFollowerWorld({ latencyMs: 500 });
  w.addFollowers(20_000);
  await startTestIdentity(w.env);
  const id = await w.start();
  await vi.waitFor(async () => expect((await w.row(id)).pages).toBeGreaterThan(2), 30_000);
  await w.cancel(id);
  await pause(2_000);
  const asked = w.simulator.ledger.summary().endpoints.followers?.attempted;
  const rows = await w.world.store.events.countDocuments({ type: "followerFound" });
  const ended = await w.untilSettled(id);
  await pause(1_500);
  expect(w.simulator.ledger.summary().endpoints.followers?.attempted).toBe(asked);
  expect(ended).toMatchObject({ state: "cancelled", found: rows, created: rows });
  expect(rows).toBeLessThan(20_000);
  expect((await w.accounts()).size).toBe(rows);
});

it("fails with a reason where LINE lists nobody's followers", async () => {
  const w = await openFollowerWorld();
  w.addFollowers(5);
  w.simulator.updateChannel(w.lineChannelId, { verified: false });
  await startTestIdentity(w.env);
  expect(await w.untilSettled(await w.start())).toMatchObject({
    state: "failed",
    reason: "line.forbidden",
    found: 0,
  });
});

it("fails with a reason where LINE refuses the token, and nothing of it is logged", async () => {
  const w = await openFollowerWorld();
  const { accessToken } = w.simulator.channel(w.lineChannelId);
  w.simulator.revokeToken(accessToken);
  const { logged } = await startTestIdentity(w.env);
  expect(await w.untilSettled(await w.start())).toMatchObject({
    state: "failed",
    reason: "line.unauthorized",
  });
  expect(logged.join("\n")).not.toContain(accessToken);
});

it("waits while LINE is overrun or away, says so, and goes on", async () => {
  const w = await openFollowerWorld();
  w.addFollowers(2_500);
  w.simulator.faults.set([{ kind: "error500Before", rate: 1, endpoint: "followers" }]);
  await startTestIdentity(w.env);
  const id = await w.start();
  await vi.waitFor(
    async () =>
      expect(await w.row(id)).toMatchObject({ state: "running", reason: "line.unavailable" }),
    60_000,
  );
  w.simulator.faults.set([{ kind: "rate429", rate: 1, endpoint: "followers" }]);
  await vi.waitFor(
    async () =>
      expect(await w.row(id)).toMatchObject({ state: "running", reason: "line.rate_limited" }),
    60_000,
  );
  w.simulator.faults.clear();
  const ended = await w.untilSettled(id);
  expect(ended).toMatchObject({ state: "done", reason: null, found: 2_500, created: 2_500 });
});

it("lists again from the start when LINE has forgotten its place, and finds each person once", async () => {
  const w = await openFollowerWorld({ latencyMs: 300 });
  const userIds = w.addFollowers(4_000);
  await startTestIdentity(w.env);
  const id = await w.start();
  await vi.waitFor(async () => expect((await w.row(id)).pages).toBeGreaterThan(1), 30_000);
  w.simulator.advanceClock(25 * 3_600_000);
  const ended = await w.untilSettled(id);
  expect(ended).toMatchObject({ state: "done", pass: 2, found: 4_000, created: 4_000 });
  expect(ended.pages).toBeGreaterThan(4);
  expect((await w.accounts()).size).toBe(userIds.length);
});

it("uses no place that is older than 23 hours", async () => {
  const w = await openFollowerWorld();
  w.addFollowers(1_500);
  const id = await w.start();
  await w.world.store.backfills.updateOne(
    { _id: id, workspaceId },
    { $set: { start: "ancient", startAt: new Date(Date.now() - 23.5 * 3_600_000), pages: 1 } },
  );
  await startTestIdentity(w.env);
  expect(await w.untilSettled(id)).toMatchObject({ state: "done", pass: 2, found: 1_500 });
  expect(w.simulator.ledger.summary().endpoints.followers?.answers).toEqual({ 200: 2 });
});

it("gives up a listing that LINE forgets again and again", async () => {
  const w = await openFollowerWorld({ followersTokenLifeMs: 0 });
  w.addFollowers(1_500);
  await startTestIdentity(w.env);
  const ended = await w.untilSettled(await w.start());
  expect(ended).toMatchObject({ state: "failed", reason: "listing_expired", found: 1_000 });
});

it("is done by one of several replicas", async () => {
  const w = await openFollowerWorld();
  w.addFollowers(5_000);
  await Promise.all([startTestIdentity(w.env), startTestIdentity(w.env)]);
  const id = await w.start();
  const job = { v: 1, workspaceId, backfillId: id } as const;
  for (let again = 0; again < 10; again += 1) await w.producer.enqueue(runBackfill, [job]);
  expect(await w.untilSettled(id)).toMatchObject({ state: "done", pages: 5, found: 5_000 });
  expect(w.simulator.ledger.summary().endpoints.followers?.attempted).toBe(5);
  expect(await w.world.store.backfills.countDocuments({})).toBe(1);
});
