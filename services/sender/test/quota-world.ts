import { advanceCampaign, type QuotaChoice } from "@yubin/types";
import { expect } from "vitest";

import { countsOf, until, workspaceId, type World } from "./open-world.ts";

/** What tests of a month that is short have in common. */
export const contents = {
  push: { text: "[[m]] {{ profile.displayName }}" },
  multicast: { text: "[[m]] The shop opens at ten" },
};
export type Method = keyof typeof contents;

export const setLimit = (world: World, value: number | null): void => {
  const plan = value === null ? ({ type: "none" } as const) : ({ type: "limited", value } as const);
  world.simulator.updateChannel(world.line.channelId, { plan });
};

export const launch = (world: World, method: Method, quota: QuotaChoice, more: object = {}) =>
  world.launch({ ...contents[method], more: { quota, ...more } });

/** With nobody at work on it any more. */
export const untilPaused = async (world: World, id: string, reason: string): Promise<void> => {
  const isPaused = async (): Promise<boolean> => {
    const { state, stateReason } = await world.campaign(id);
    return state === "paused" && stateReason === reason;
  };
  await until(isPaused, { what: `the pause by ${reason}`, timeoutMs: 60_000 });
  await until(
    async () => (await world.store.batches.countDocuments({ claim: { $ne: null } })) === 0,
    { what: "all batches to be let go" },
  );
};

export const advance = (world: World, id: string): Promise<void> =>
  world.producer.enqueue(advanceCampaign, [{ v: 1, workspaceId, campaignId: id }]);

/** As ingress does when an operator says so. */
export const resume = async (world: World, id: string): Promise<void> => {
  const { stateReason } = await world.campaign(id);
  const quotaWaived = stateReason === "quota" || stateReason === "quota_short";
  const set = { state: "sending", stateReason: null, nextAt: new Date(0), quotaWaived } as const;
  await world.store.campaigns.updateOne({ _id: id }, { $set: set, $inc: { run: 1 } });
  await advance(world, id);
};

/** What its counters, its rows and LINE say it came to; everybody once at most. */
export const cameTo = async (world: World, id: string, marker = "m") => {
  const { counted, recounted } = await countsOf(world, id);
  expect(counted).toEqual(recounted);
  const { audience, queued, accepted, refused, skipped, cancelled, unknown } = counted;
  expect(queued + accepted + refused + skipped + cancelled + unknown).toBe(audience);
  const reasons: Record<string, number> = {};
  for (const row of await world.batchesOf(id)) {
    for (const { reason, count } of row.reasons) reasons[reason] = (reasons[reason] ?? 0) + count;
    const cut = row.reasons.find(({ reason }) => reason === "quota_trimmed");
    const told = cut && { workspaceId, campaignId: id, count: cut.count };
    expect(row.trimmed).toEqual(told);
  }
  const { duplicates, sameKeyOtherBody } = world.simulator.ledger.summary();
  expect({ duplicates, sameKeyOtherBody }).toEqual({ duplicates: 0, sameKeyOtherBody: 0 });
  expect(world.simulator.ledger.recipients(marker).size).toBe(accepted);
  return { queued, accepted, skipped, trimmed: reasons["quota_trimmed"] ?? 0 };
};

/** The share of sends that were more than LINE allows. */
export const refusedShare = (world: World): number => world.simulator.ledger.summary().share429;
