import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { provider, startWorld, type World } from "../chaos/world.ts";
import { until } from "../stack/until.ts";

const crashes = 5;
const people = 8;
const soonMs = 60_000;
/** Longer than a few rounds take, or what LINE redelivers of them would meet the step before the next round's own does. */
const backoffMs = 10_000;

let world: World;
beforeAll(async () => {
  world = await startWorld({
    seed: 20_261_126,
    replicas: { ingress: 1, identity: 1, sender: 0 },
    simulator: { delivery: { batchMax: people, backoffMs, attemptsMax: 100 } },
  });
});
afterAll(() => world[Symbol.asyncDispose]());

/**
 * LINE's webhook meets an ingress that is killed before this step; then LINE holds its redeliveries back. The ids of
 * the rows that its events have, or will have.
 */
const crash = async (step: string): Promise<string[]> => {
  const { simulator, stack, line } = world;
  const [healthy = ""] = stack.ingressUrls;
  const dying = await stack.add("ingress", {
    entry: "services/ingress/test/fixtures/ingress-that-dies.ts",
    env: { DIES_BEFORE: step },
  });
  simulator.webhooks.balance(healthy, stack.ingressUrls.slice(-1));
  const userIds = simulator.addPeople({ provider, count: people });
  const events = simulator.follow(line.channelId, userIds);
  simulator.webhooks.resume();
  await dying.ended;
  simulator.webhooks.pause();
  simulator.webhooks.balance(healthy, [healthy]);
  return events.map(({ webhookEventId }) => `${world.channelId}/${webhookEventId}`);
};

const rowsOf = (ids: readonly string[]) => world.store.events.find({ _id: { $in: ids } }).toArray();
const untilApplied = (ids: readonly string[], timeoutMs: number): Promise<true> =>
  until(
    async () =>
      (await rowsOf(ids)).filter(({ state }) => state === "applied").length === ids.length ||
      undefined,
    { what: "all events to be applied", timeoutMs },
  );
/** How often identity has applied an event; it runs through all of this. */
const timesApplied = async (): Promise<number> => {
  const [identity] = world.stack.running.identity;
  const url = (identity?.readyUrl ?? "").replace("readyz", "metrics");
  const counts = (await (await fetch(url)).text()).matchAll(
    /^yubin_identity_events_total\{[^}]*state="applied"[^}]*\} (\d+)$/gm,
  );
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
};

describe.each([
  { step: "insert", isStored: false },
  { step: "enqueue", isStored: true },
  { step: "answer", isStored: true },
])("ingress killed before its $step", ({ step, isStored }) => {
  it("leaves nothing that is lost or done twice", async () => {
    const before = await timesApplied();
    const ids: string[] = [];
    const stored: string[] = [];
    for (let round = 0, struck = 0; struck < crashes; round += 1) {
      expect(round).toBeLessThan(crashes * 4);
      const its = await crash(step);
      ids.push(...its);
      const rows = await rowsOf(its);
      // A redelivery from the round before may have met the step first: then nothing of this round is there yet.
      expect([0, isStored ? its.length : 0]).toContain(rows.length);
      if (rows.length > 0 || !isStored) struck += 1;
      if (rows.length > 0) stored.push(...its);
    }
    // What is stored needs nobody to send it again: identity finds it within half a minute.
    await untilApplied(stored, 30_000 + soonMs);

    world.simulator.webhooks.resume();
    const stats = await world.simulator.webhooks.settled({ timeoutMs: soonMs });
    expect(stats.givenUp).toBe(0);
    await untilApplied(ids, soonMs);
    expect((await timesApplied()) - before).toBe(ids.length);
    expect(await world.store.profiles.countDocuments({ friendOf: world.channelId })).toBe(
      await world.store.events.countDocuments({ type: "follow" }),
    );
  });
});
