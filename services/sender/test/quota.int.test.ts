import { limits } from "@yubin/types";
import { describe, expect, it } from "vitest";

import { countsOf, openWorld, until } from "./open-world.ts";
import { cameTo, launch, refusedShare, resume, setLimit, untilPaused } from "./quota-world.ts";

const methods = ["push", "multicast"] as const;

describe.each(methods)("a campaign by %s that the month has room for 40 % of", (method) => {
  // More than a batch, and neither limit nor audience at the edge of one.
  const people = method === "push" ? 3 * limits.personalBatchRecipients + 50 : 1_250;
  const room = people * 0.4;

  it("stop: nothing leaves; resumed it is sent as far as LINE takes it, and the rest once there is more", async () => {
    await using world = await openWorld();
    setLimit(world, room);
    await world.addFriends(people);
    const id = await launch(world, method, "stop");
    await untilPaused(world, id, "quota_short");
    expect(await cameTo(world, id)).toMatchObject({ queued: people, accepted: 0 });
    expect((await world.campaign(id)).allowance).toMatchObject({ needed: people, left: room });
    expect(refusedShare(world)).toBe(0);

    await resume(world, id);
    await untilPaused(world, id, "quota");
    const { accepted, queued } = await cameTo(world, id);
    // A multicast goes as a whole or not at all.
    expect(accepted).toBe(method === "push" ? room : limits.multicastRecipientsMax);
    expect(queued).toBe(people - accepted);
    setLimit(world, people);
    await resume(world, id);
    await world.untilDone(id);
    expect(await cameTo(world, id)).toMatchObject({ accepted: people, queued: 0 });
  });

  it("hold: as many as there is room for, and the rest by itself once there is more", async () => {
    let aheadMs = 0;
    await using world = await openWorld({ sender: { now: () => new Date(Date.now() + aheadMs) } });
    setLimit(world, room);
    await world.addFriends(people);
    const id = await launch(world, method, "hold");
    await untilPaused(world, id, "quota");
    expect(await cameTo(world, id)).toMatchObject({ accepted: room, queued: people - room });
    expect(refusedShare(world)).toBe(0);

    aheadMs += 660_000; // somebody looks, and there is no more
    await until(async () => (await world.campaign(id)).nextAt!.getTime() > Date.now() + aheadMs, {
      what: "a look",
    });
    expect((await world.campaign(id)).state).toBe("paused");
    setLimit(world, people - 10);
    aheadMs += 660_000;
    await until(async () => (await countsOf(world, id)).counted.accepted === people - 10, {
      what: "more",
    });
    await untilPaused(world, id, "quota");
    setLimit(world, null);
    aheadMs += 660_000;
    await world.untilDone(id);
    expect(await cameTo(world, id)).toMatchObject({ accepted: people, queued: 0 });
    expect(refusedShare(world)).toBe(0);
  });

  it("trim: exactly so many, the first of the plan, and the rest is left out", async () => {
    await using world = await openWorld({ senders: 2 });
    setLimit(world, room);
    await world.addFriends(people);
    const id = await launch(world, method, "trim");
    await world.untilDone(id);
    expect(await cameTo(world, id)).toEqual({
      queued: 0,
      accepted: room,
      skipped: people - room,
      trimmed: people - room,
    });
    expect(refusedShare(world)).toBe(0);
    const outcomes = (await world.batchesOf(id)).map(({ counts }) => counts.accepted > 0);
    expect(outcomes.lastIndexOf(true)).toBeLessThan(outcomes.length - 1);
    expect(outcomes.indexOf(false)).toBe(outcomes.lastIndexOf(true) + 1);
  });

  it.each(["hold", "trim"] as const)(
    "%s: who is skipped leaves their room to others",
    async (quota) => {
      await using world = await openWorld();
      setLimit(world, room);
      await world.addFriends(people);
      // Every third has left by the time it is sent; planned are all.
      const id = await launch(world, method, quota, { state: "paused", stateReason: "operator" });
      const profiles = await world.store.profiles.find().sort({ _id: 1 }).toArray();
      const left = profiles.filter((_, place) => place % 3 === 0).map(({ _id }) => _id);
      await world.store.profiles.updateMany(
        { _id: { $in: left } },
        { $set: { suppression: { at: new Date(), reason: "x" } } },
      );
      await world.store.campaigns.updateOne(
        { _id: id },
        { $set: { state: "planning", stateReason: null, nextAt: new Date(0) } },
      );
      if (quota === "trim") await world.untilDone(id);
      else await untilPaused(world, id, "quota");
      const { accepted, skipped, trimmed } = await cameTo(world, id);
      expect(accepted).toBe(room);
      expect(skipped - trimmed).toBeGreaterThan(0);
      expect(refusedShare(world)).toBe(0);
    },
  );
});
