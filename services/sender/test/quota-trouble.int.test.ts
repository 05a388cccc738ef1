import { describe, expect, it } from "vitest";

import { createAllowances } from "../src/store/allowances.ts";
import { toCampaign } from "../src/store/feeding.ts";
import { countsOf, openWorld, sealToken, until, workspaceId, type World } from "./open-world.ts";
import { advance, cameTo, contents, launch, refusedShare, resume } from "./quota-world.ts";
import { setLimit, untilPaused } from "./quota-world.ts";

/** A world whose senders' clock can be put forward. */
const openAhead = async (options: Parameters<typeof openWorld>[0] = {}) => {
  const clock = { aheadMs: 0 };
  const now = (): Date => new Date(Date.now() + clock.aheadMs);
  return { clock, world: await openWorld({ ...options, sender: { now } }) };
};
const lookMs = 660_000;
const acceptedOf = async (world: World, id: string): Promise<number> =>
  (await countsOf(world, id)).counted.accepted;

describe("several who send on one channel", () => {
  it("count on what the others leave: two campaigns and a message that waits never ask for too much", async () => {
    await using world = await openWorld({ senders: 2 });
    setLimit(world, 500);
    await world.addFriends(400);
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    const message = { to: "user:x", messages: [{ type: "text", text: "hello" }] };
    await world.message({ ...message, sendAt: inAnHour });
    const ids = await Promise.all(
      ["[[a]] hi", "[[b]] hi"].map((text) =>
        world.launch({ text, personal: true, more: { quota: "trim" } }),
      ),
    );
    for (const id of ids) await world.untilDone(id);
    const sums = await Promise.all(ids.map((id, place) => cameTo(world, id, "ab"[place])));
    // Whoever was counted first has room for all.
    expect(sums.map(({ accepted }) => accepted).sort((a, b) => a - b)).toEqual([99, 400]);
    expect(sums.map(({ trimmed }) => trimmed).sort((a, b) => a - b)).toEqual([0, 301]);
    expect(refusedShare(world)).toBe(0);
  });

  it("who stops for it takes nothing from the others, until somebody resumes it", async () => {
    await using world = await openWorld();
    setLimit(world, 100);
    await world.addFriends(60);
    const start = (text: string) => world.launch({ text, personal: true, more: { quota: "stop" } });
    const slow = { throttle: { perMinute: 30 } };
    const first = await world.launch({ text: "[[a]]", personal: true, more: slow });
    await until(async () => (await acceptedOf(world, first)) > 0, { what: "the first" });
    const second = await start("[[b]]");
    // The first goes on all the while, so nobody waits for its batches to be let go.
    const untilStill = (reason: string) =>
      until(async () => (await world.campaign(second)).stateReason === reason, {
        what: reason,
        timeoutMs: 60_000,
      });
    await untilStill("quota_short");
    const { allowance } = await world.campaign(second);
    expect(allowance?.needed).toBe(60);
    // Who is sent something between two looks may be counted twice, and nobody is left out.
    expect(allowance?.left).toBeLessThanOrEqual(40);
    expect(allowance?.left).toBeGreaterThanOrEqual(36);
    const third = await world.launch({
      text: "[[c]]",
      personal: true,
      audience: { type: "refs", refs: [...(await profileIds(world, 36))] },
    });
    await world.untilDone(third);
    expect(await acceptedOf(world, third)).toBe(36);
    setLimit(world, 80);
    await resume(world, second);
    await untilStill("quota");
    await until(() => world.simulator.ledger.summary().accepted === 80, { what: "all of it" });
    expect((await countsOf(world, second)).counted).toMatchObject({ refused: 0, unknown: 0 });
  });
});

const profileIds = async (world: World, count: number): Promise<string[]> =>
  (await world.store.profiles.find().limit(count).toArray()).map(({ _id }) => _id);

describe("a month that is used up although it was counted", () => {
  it("pauses a campaign that trims, which leaves out the rest once LINE says so, too", async () => {
    const { clock, world: opened } = await openAhead({
      limits: { pushPerSecond: 100, multicastPerSecond: 10 },
    });
    await using world = opened;
    setLimit(world, 250);
    await world.addFriends(250);
    const id = await launch(world, "push", "trim");
    await until(async () => (await acceptedOf(world, id)) >= 20, { what: "20" });
    setLimit(world, 120); // as if something else had used the others
    await untilPaused(world, id, "quota");
    expect(await cameTo(world, id)).toEqual({ accepted: 120, queued: 130, skipped: 0, trimmed: 0 });
    clock.aheadMs += lookMs;
    await world.untilDone(id);
    expect(await cameTo(world, id)).toEqual({
      accepted: 120,
      queued: 0,
      skipped: 130,
      trimmed: 130,
    });
  });

  it("leaves out for ever whom one run left out, though the workspace has another word by the next", async () => {
    let say: () => Promise<unknown> = async () => undefined;
    const step = async (name: string): Promise<void> => {
      if (name === "out") await say();
    };
    await using world = await openWorld({ sender: { step } });
    const { campaigns, workspaces } = world.store;
    const sayOf = (quota: "hold" | "trim") =>
      workspaces.updateOne({ _id: workspaceId }, { $set: { quota } }, { upsert: true });
    await sayOf("trim");
    setLimit(world, 120);
    await world.addFriends(250);
    // An operator is faster than what would leave out the second batch.
    say = () =>
      campaigns.updateOne(
        { state: "sending" },
        { $set: { state: "paused", stateReason: "operator", nextAt: null } },
      );
    const id = await world.launch(contents.push);
    await untilPaused(world, id, "operator");
    const cut = { accepted: 120, skipped: 80, trimmed: 80, queued: 50 };
    expect(await cameTo(world, id)).toEqual(cut);
    say = async () => undefined;
    await sayOf("hold");
    await new Promise((resolve) => setTimeout(resolve, 5_100)); // rules are remembered for 5 s
    await resume(world, id);
    await untilPaused(world, id, "quota");
    expect((await world.campaign(id)).allowance).toMatchObject({ run: 2, choice: "hold" });
    expect(await cameTo(world, id)).toEqual(cut);
  });

  it("is a new one by LINE's calendar at its end, and what was held goes on", async () => {
    const { clock, world: opened } = await openAhead();
    await using world = opened;
    setLimit(world, 30);
    await world.addFriends(50);
    const id = await launch(world, "push", "hold");
    await untilPaused(world, id, "quota");
    const dayMs = 86_400_000;
    world.simulator.advanceClock(31 * dayMs);
    clock.aheadMs += 31 * dayMs;
    await world.untilDone(id);
    expect(await cameTo(world, id)).toMatchObject({ accepted: 50, queued: 0 });
  });

  it("ends who waits where it may not be sent any more by then", async () => {
    const { clock, world: opened } = await openAhead();
    await using world = opened;
    setLimit(world, 30);
    await world.addFriends(50);
    const rules = { sendBefore: new Date(Date.now() + 300_000) };
    const id = await launch(world, "push", "hold", { rules });
    await untilPaused(world, id, "quota");
    clock.aheadMs += lookMs;
    await world.untilDone(id);
    expect(await cameTo(world, id)).toMatchObject({ accepted: 30, skipped: 20, trimmed: 0 });
  });
});

describe("LINE does not say what the month has", () => {
  const quotaFault = (kind: "error500Before" | "hang") =>
    ({ kind, rate: 1, endpoint: "quota" }) as const;

  it("and never did: the campaign waits for two minutes, then goes on, and LINE's word stops it", async () => {
    const { clock, world: opened } = await openAhead();
    await using world = opened;
    setLimit(world, 30);
    world.simulator.faults.set([quotaFault("error500Before")]);
    await world.addFriends(50);
    const id = await launch(world, "push", "stop");
    await until(async () => (await world.campaign(id)).quotaUnknown?.run === 1, { what: "a look" });
    expect(await acceptedOf(world, id)).toBe(0);
    clock.aheadMs += 121_000;
    await advance(world, id);
    await untilPaused(world, id, "quota");
    expect(await acceptedOf(world, id)).toBe(30);
  });

  it("but did before: what it said last counts after two minutes", async () => {
    const { clock, world: opened } = await openAhead();
    await using world = opened;
    world.simulator.faults.set([quotaFault("error500Before")]);
    await world.store.channelQuotas.insertOne({
      _id: world.channelId,
      workspaceId,
      limit: 100,
      used: 60,
      fetchedAt: new Date(Date.now() - 3_600_000),
    });
    await world.addFriends(50);
    const id = await launch(world, "push", "stop");
    await until(async () => (await world.campaign(id)).quotaUnknown?.run === 1, { what: "a look" });
    clock.aheadMs += 121_000;
    await advance(world, id);
    await untilPaused(world, id, "quota_short");
    expect((await world.campaign(id)).allowance).toMatchObject({ needed: 50, left: 40 });
    expect(await acceptedOf(world, id)).toBe(0);
  });

  it("as it refuses the token: the channel stops before anything is sent, and a new token sends it", async () => {
    await using world = await openWorld();
    await world.addFriends(20);
    world.simulator.revokeToken(world.line.accessToken);
    const id = await launch(world, "push", "stop");
    const channel = () => world.store.channels.findOne({ _id: world.channelId });
    await until(async () => (await channel())?.state === "stopped", { what: "the stop" });
    expect((await channel())?.stateReason).toBe("line_unauthorized");
    expect(world.simulator.ledger.summary().endpoints.push).toBeUndefined();
    const token = world.simulator.rotateToken(world.line.channelId);
    const sealedToken = sealToken(world.channelId, token);
    await world.store.channels.updateOne(
      { _id: world.channelId },
      { $set: { sealedToken, state: "connected", stateReason: null }, $inc: { version: 1 } },
    );
    await world.untilDone(id);
    expect(await cameTo(world, id)).toMatchObject({ accepted: 20 });
  });
});

describe("whoever lets a campaign go on that waits for room", () => {
  it("does it once, and never against an operator who was faster", async () => {
    await using world = await openWorld({ senders: 0 });
    const { campaigns } = world.store;
    const held = {
      state: "paused",
      stateReason: "quota",
      plannedBatches: 1,
      nextAt: null,
    } as const;
    const id = await world.launch({ ...contents.push, more: { ...held, quota: "hold" } });
    const { goOn } = createAllowances(world.store);
    const ends = new Set<string>();
    for (let round = 0; round < 300; round += 1) {
      await campaigns.updateOne({ _id: id }, { $set: { ...held, run: 1 } });
      const seen = toCampaign(await world.campaign(id));
      const to = (["paused", "cancelled", "sending"] as const)[round % 3] ?? "paused";
      const set = { state: to, stateReason: to === "sending" ? null : "operator" };
      const word = campaigns.updateOne(
        { _id: id, state: "paused" },
        { $set: set, ...(to === "sending" ? { $inc: { run: 1 } } : {}) },
      );
      const went = await Promise.all(Array.from({ length: 3 }, () => goOn(seen, new Date())));
      const { matchedCount: byWord } = await word;
      const byItself = went.filter(Boolean).length;
      const { state, run } = await world.campaign(id);
      // One of the two, and what it left stands; a resume by word is a run like any other.
      expect(byWord + byItself).toBe(1);
      expect(state).toBe(byWord === 1 ? to : "sending");
      expect(run).toBe(state === "sending" ? 2 : 1);
      ends.add(byWord === 1 ? "word" : "itself");
    }
    expect([...ends].sort()).toEqual(["itself", "word"]);
  });
});
