import { recipientsOf } from "@yubin/store";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";

import { createLineBetween } from "./line-between.ts";
import { countsOf, openWorld, sealToken, until, workspaceId, type World } from "./open-world.ts";

const personal = { text: "[[hi]] {{ profile.displayName }}" };
const bulk = { text: "[[news]] The shop opens at ten" };

/** What became of a campaign by its counters, by its recipients, and by what LINE saw. */
const sent = async (world: World, id: string) => {
  const { duplicates, sameKeyOtherBody, accepted: atLine } = world.simulator.ledger.summary();
  return { ...(await countsOf(world, id)), atLine, duplicates, sameKeyOtherBody };
};
const eachOnce = (count: number) => {
  const counts = expect.objectContaining({ audience: count, accepted: count, queued: 0 });
  const atLine = { atLine: count, duplicates: 0, sameKeyOtherBody: 0 };
  return { counted: counts, recounted: counts, ...atLine };
};

const accepted = (world: World): number => world.simulator.ledger.summary().accepted;

describe("LINE misbehaves", { timeout: 120_000 }, () => {
  it.concurrent.each([
    ["resetBefore", personal],
    ["resetAfterAccept", personal],
    ["error500Before", personal],
    ["error500AfterAccept", bulk],
    ["resetAfterAccept", bulk],
    ["garbage200", personal],
    ["hugeBody", bulk],
    ["redirect302", personal],
    ["rate429", personal],
  ] as const)("%s, and still each person has the message once (%#)", async (kind, content) => {
    await using world = await openWorld();
    await world.addFriends(40);
    const endpoint = content === personal ? "push" : "multicast";
    world.simulator.faults.next({ kind, endpoint, count: 4 });
    const id = await world.launch(content);
    await world.untilDone(id);
    expect(await sent(world, id)).toEqual(eachOnce(40));
  });
});

describe("the channel", { timeout: 120_000 }, () => {
  it("loses its token: few calls are wasted, and a new token sends the rest", async () => {
    await using between = createLineBetween();
    await using world = await openWorld({
      limits: { pushPerSecond: 100, multicastPerSecond: 10 },
      between: between.open,
    });
    await world.addFriends(150);
    const id = await world.launch(personal);
    await until(() => accepted(world) >= 30, { what: "30 accepted" });
    world.simulator.revokeToken(world.line.accessToken);
    await until(async () => (await world.store.channels.findOne({}))?.state === "stopped", {
      what: "the channel to be stopped",
    });

    const token = world.simulator.rotateToken(world.line.channelId);
    await world.store.channels.updateOne(
      { _id: world.channelId },
      {
        $set: {
          sealedToken: sealToken(world.channelId, token),
          state: "connected",
          stateReason: null,
        },
        $inc: { version: 1 },
      },
    );
    await world.untilDone(id);
    expect(await sent(world, id)).toEqual(eachOnce(150));
    // What was under way at a pace of a hundred a second, and nothing of what waited.
    const pushes = between.requests.filter(({ path }) => path.endsWith("/message/push"));
    expect(pushes.length).toBeGreaterThan(150);
    expect(pushes.length).toBeLessThanOrEqual(150 + 60);
  });
});

describe("an operator", { timeout: 120_000 }, () => {
  it("pauses: sending stops; resumes: the rest goes once", async () => {
    await using world = await openWorld({ limits: { pushPerSecond: 50, multicastPerSecond: 10 } });
    await world.addFriends(150);
    const id = await world.launch(personal);
    await until(() => accepted(world) >= 20, { what: "20 accepted" });
    const pausedAt = await setState(world, id, "paused");
    await untilQuiet(world);
    const atPause = accepted(world);
    expect(atPause).toBeLessThan(150);
    expect(await lastAttemptMs(world, id)).toBeLessThan(pausedAt + stopsWithinMs);
    await resume(world, id);
    await world.untilDone(id);
    expect(await sent(world, id)).toEqual(eachOnce(150));
  });

  it("resumes in the moment in which the plan is closed: the campaign ends all the same", async () => {
    await using world = await openWorld({ senders: 0 });
    const id = await world.launch({ text: "hello" });
    // The planner has written the end of its plan, and the resume still saw none.
    await world.store.campaigns.updateOne({ _id: id }, { $set: { plannedBatches: 0 } });
    await world.startSender();
    expect(await world.untilDone(id)).toMatchObject({ state: "done", plannedBatches: 0 });
  });

  it("cancels: what was not tried is cancelled, and the sum is the audience", async () => {
    await using world = await openWorld({ limits: { pushPerSecond: 50, multicastPerSecond: 10 } });
    await world.addFriends(350);
    const id = await world.launch(personal);
    await until(() => accepted(world) >= 20, { what: "20 accepted" });
    const cancelledAt = await setState(world, id, "cancelled");
    await until(async () => (await countsOf(world, id)).counted.queued === 0, { what: "the end" });
    const { counted, recounted } = await countsOf(world, id);
    expect(counted).toEqual(recounted);
    expect(counted.accepted + counted.cancelled).toBe(counted.audience);
    expect(counted.accepted).toBe(accepted(world));
    expect(counted.cancelled).toBeGreaterThan(0);
    expect(await lastAttemptMs(world, id)).toBeLessThan(cancelledAt + stopsWithinMs);
  });
});

describe("people", { timeout: 120_000 }, () => {
  it("who leave while a campaign runs are sent nothing from then on", async () => {
    await using world = await openWorld({ limits: { pushPerSecond: 50, multicastPerSecond: 10 } });
    await world.addFriends(150);
    const id = await world.launch(personal);
    await until(() => accepted(world) >= 20, { what: "20 accepted" });
    await world.store.profiles.updateMany(
      {},
      {
        $set: {
          friendOf: [],
          [`lineAccounts.0.friendship.${world.channelId}.state`]: "blocked",
        },
      },
    );
    await untilQuiet(world);
    await world.untilDone(id);
    const { counted } = await countsOf(world, id);
    expect(counted.skipped).toBeGreaterThan(0);
    expect(counted.accepted + counted.skipped).toBe(counted.audience);
  });

  it("whose LINE ID LINE refuses do not keep a multicast from the others", async () => {
    await using world = await openWorld();
    await world.addFriends(30);
    await world.addProfile({ lineUserId: "not-a-line-id" });
    const id = await world.launch(bulk);
    await world.untilDone(id);
    const { counted } = await countsOf(world, id);
    expect(counted).toMatchObject({ audience: 31, accepted: 30, refused: 1 });
    expect(world.simulator.ledger.summary()).toMatchObject({ accepted: 30, duplicates: 0 });
  });

  it("whom LINE refuses without saying whom are found by halves", async () => {
    await using world = await openWorld({ simulator: { multicastUnknown: "refuse" } });
    await world.addFriends(30);
    await world.addProfile({ lineUserId: `U${"0".repeat(32)}` });
    const id = await world.launch(bulk);
    await world.untilDone(id);
    const { counted } = await countsOf(world, id);
    expect(counted).toMatchObject({ audience: 31, accepted: 30, refused: 1 });
    expect(world.simulator.ledger.summary()).toMatchObject({ accepted: 30, duplicates: 0 });
  });
});

describe("our own servers", { timeout: 120_000 }, () => {
  it("two senders share a campaign, each person once", async () => {
    await using world = await openWorld({ senders: 2 });
    await world.addFriends(600);
    const id = await world.launch(personal);
    await world.untilDone(id);
    expect(await sent(world, id)).toEqual(eachOnce(600));
  });

  it("a Redis that forgets everything costs time and no message", async () => {
    await using world = await openWorld({ limits: { pushPerSecond: 100, multicastPerSecond: 10 } });
    await world.addFriends(250);
    const id = await world.launch(personal);
    await until(() => accepted(world) >= 20, { what: "20 accepted" });
    const redis = new Redis(world.servers.redisUrl);
    const keys = await redis.keys(`${world.servers.redisPrefix}*`);
    await redis.del(keys);
    redis.disconnect();
    await world.untilDone(id, 90_000);
    expect(await sent(world, id)).toEqual(eachOnce(250));
  });
});

it("parks what is open when LINE may have forgotten the key, and asks no more", async () => {
  let aheadMs = 0;
  await using world = await openWorld({ sender: { now: () => new Date(Date.now() + aheadMs) } });
  const [userId = ""] = world.simulator.addPeople({ provider: "acme", count: 1 });
  const profileId = await world.addProfile({ lineUserId: userId });
  world.simulator.faults.set([{ kind: "error500Before", rate: 1 }]);
  const id = await world.message({ to: profileId, messages: [{ type: "text", text: "hi" }] });
  await until(async () => ((await world.batch(id)).calls[0]?.attempts ?? 0) >= 1, {
    what: "a try",
  });
  aheadMs = 23 * 3_600_000 + 60_000;
  const row = await world.untilSettled(id);
  expect(row.recipients[0]).toMatchObject({ outcome: "unknown", reason: "retry_key_expired" });
  const parkedAt = row.recipients[0]?.settledAt?.toISOString() ?? "";
  expect(row.unknownPlace).toBe(`${workspaceId}/${parkedAt}/${id}`);
  expect(accepted(world)).toBe(0);
});

/** When it was committed. */
const setState = async (
  world: World,
  id: string,
  state: "paused" | "cancelled",
): Promise<number> => {
  await world.store.campaigns.updateOne({ _id: id }, { $set: { state, nextAt: new Date(0) } });
  return Date.now();
};

/** What an operator is promised. */
const stopsWithinMs = 2_000;

/** When LINE was asked the last time for somebody who had not been tried before. */
const lastAttemptMs = async (world: World, id: string): Promise<number> => {
  const rows = await world.batchesOf(id);
  const begun = rows.flatMap((row) => [
    ...recipientsOf(row).flatMap(({ firstAttemptAt }) => firstAttemptAt ?? []),
    ...row.calls.map(({ firstAttemptAt }) => firstAttemptAt),
  ]);
  return Math.max(...begun.map(Number));
};

const resume = async (world: World, id: string): Promise<void> => {
  const { plannedBatches } = await world.campaign(id);
  await world.store.campaigns.updateOne(
    { _id: id },
    {
      $set: { state: plannedBatches === null ? "planning" : "sending", nextAt: new Date(0) },
      $inc: { run: 1 },
    },
  );
};

/** Nobody holds a batch any more. */
const untilQuiet = (world: World): Promise<void> =>
  until(async () => (await world.store.batches.countDocuments({ claim: { $ne: null } })) === 0, {
    what: "all batches to be let go",
  });
