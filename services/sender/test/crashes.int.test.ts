import { recipientsOf } from "@yubin/store";
import { advanceCampaign, limits } from "@yubin/types";
import { describe, expect, it } from "vitest";

import { createLineBetween, type LineBetween } from "./line-between.ts";
import { countsOf, openWorld, until, workspaceId, type World } from "./open-world.ts";
import { startSenderProcess } from "./sender-process.ts";

const contents = {
  push: { text: "[[m]] {{ profile.displayName }}" },
  multicast: { text: "[[m]] The shop opens at ten" },
};
const methods = ["push", "multicast"] as const;
const friends = 40;

/** Senders whose clocks are this far ahead need not wait for a dead one's claims to lapse. */
const aheadMs = 60_000;
const startHeir = (world: World) =>
  world.startSender({ now: () => new Date(Date.now() + aheadMs) });

/** Each person once at LINE, once in the rows, once in the counters. */
const expectEachOnce = async (world: World, id: string, people: readonly string[]) => {
  expect(world.simulator.ledger.recipients("m")).toEqual(new Map(people.map((one) => [one, 1])));
  expect(world.simulator.ledger.summary()).toMatchObject({ duplicates: 0, sameKeyOtherBody: 0 });
  const { counted, recounted } = await countsOf(world, id);
  expect(counted).toEqual(recounted);
  expect(counted).toMatchObject({ audience: people.length, accepted: people.length, queued: 0 });
};

/** How often each retry key was asked of LINE. */
const asked = ({ requests }: LineBetween): Set<number> =>
  new Set([...Map.groupBy(requests, ({ retryKey }) => retryKey).values()].map((all) => all.length));

describe("a sender that is killed", () => {
  const places = [
    ["before the claim is used", "freeze", 1],
    ["after the calls were frozen", "frozen", 1],
    ["before the POST", "send", 1],
    ["after the answers", "sent", 2],
    ["before they are recorded", "record", 2],
    ["after they were recorded, before the job ends", "recorded", 1],
  ] as const;
  const all = methods.flatMap((method) =>
    places.map(([when, step, requests]) => [method, when, step, requests] as const),
  );

  it.concurrent.each(all)(
    "in a %s %s loses and doubles nothing",
    async (method, _when, step, requests) => {
      await using between = createLineBetween();
      await using world = await openWorld({ senders: 0, between: between.open });
      const people = await world.addFriends(friends);
      const id = await world.launch(contents[method]);
      // The first look for something to record finds nothing: there are no answers yet.
      const visit = step === "record" ? 2 : 1;
      await using doomed = await startSenderProcess(world, { step, visit, signal: "SIGKILL" });
      expect(await doomed.ended).toBe("SIGKILL");

      await startHeir(world);
      await world.untilDone(id);
      await expectEachOnce(world, id, people);
      expect(asked(between)).toEqual(new Set([requests]));
    },
  );

  it.concurrent.each(methods)(
    "while a %s is on the wire loses and doubles nothing",
    async (method) => {
      await using between = createLineBetween();
      await using world = await openWorld({ senders: 0, between: between.open });
      const people = await world.addFriends(friends);
      between.spoil = ({ tryNumber }) =>
        tryNumber === 1 ? { passedOn: true, reply: () => undefined } : undefined;
      const id = await world.launch(contents[method]);
      await using doomed = await startSenderProcess(world);
      await until(() => world.simulator.ledger.summary().accepted > 0, { what: "acceptance" });
      doomed.signal("SIGKILL");
      expect(await doomed.ended).toBe("SIGKILL");

      await startHeir(world);
      await world.untilDone(id);
      await expectEachOnce(world, id, people);
    },
  );
});

describe("senders that are killed while they plan", () => {
  it("one after the other leave a plan that is the audience, each person in one place", async () => {
    await using world = await openWorld({ senders: 0 });
    // So many batches that everyone who is killed has some left to plan.
    const people = await world.addFriends(14.25 * limits.personalBatchRecipients);
    // Fed as far as there is room: what LINE takes is not what is looked at here.
    const id = await world.launch({ ...contents.push, more: { proven: true } });
    const fates = ["plan", "planned", "feed", "fed", "plan", "planned", "plan", "planned"];
    for (const [index, step] of fates.entries()) {
      await world.producer.enqueue(advanceCampaign, [{ v: 1, workspaceId, campaignId: id }]);
      const visit = 1 + (index % 2);
      await using doomed = await startSenderProcess(world, { step, visit, signal: "SIGKILL" });
      expect(await doomed.ended).toBe("SIGKILL");
    }
    await startHeir(world);
    await world.untilDone(id);
    const planned = (await world.batchesOf(id)).flatMap((row) =>
      recipientsOf(row).map(({ profileId }) => profileId),
    );
    expect(planned).toHaveLength(people.length);
    expect(new Set(planned).size).toBe(people.length);
    await expectEachOnce(world, id, people);
  });
});
