import { createSimulator, type Simulator } from "@yubin/simulator";

import { addFriends } from "./add-friends.ts";
import type { BenchOptions, BenchResult } from "./bench-result.ts";
import { startBenchWorld } from "./bench-world.ts";
import { runCampaign } from "./run-campaign.ts";

const senders = 4;
const seconds = 20;
/** The first calls of a campaign are few, and the last ones, too: what is between has the pace. */
const edgeMs = 2_000;
const limits = [2_000, 200] as const;

/** How near four senders together come to LINE's limit without ever passing it, seen from LINE. */
export const benchPace = async ({ log, profileDir }: BenchOptions): Promise<BenchResult> => {
  const figures: Record<string, string | number> = {};
  let server = "";
  for (const limit of limits) {
    await using simulator = await openSimulator();
    await using world = await startBenchWorld(
      { log, profileDir },
      { identity: 0, sender: senders },
      { simulator: simulator.running, perSecond: limit },
    );
    ({ server } = world);
    await addFriends(world, limit * seconds);
    log(`${limit * seconds} friends`);
    await runCampaign(world, "[[pace]] {{ profile.displayName }}");
    const times = simulator.running.ledger.requests().map(({ atMs }) => atMs);
    const pace = paceOf(times);
    const { share429, duplicates } = simulator.running.ledger.summary();
    figures[`at ${limit}/s: the fullest second`] = pace.fullest;
    figures[`at ${limit}/s: the mean ÷ the limit (goal ≥ 0.97)`] = (pace.mean / limit).toFixed(3);
    figures[`at ${limit}/s: share of 429 (goal < 0.001)`] = share429;
    figures[`at ${limit}/s: duplicates at LINE`] = duplicates;
  }
  return { name: "pace", server, figures };
};

const openSimulator = async (): Promise<AsyncDisposable & { readonly running: Simulator }> => {
  const running = createSimulator({ keepBodies: true });
  await running.start();
  return { running, [Symbol.asyncDispose]: () => running.stop() };
};

/** Of any second, wherever it starts, and of the time without its edges. */
const paceOf = (unsorted: readonly number[]): { fullest: number; mean: number } => {
  const times = unsorted.toSorted((one, other) => one - other);
  let fullest = 0;
  let from = 0;
  for (const [place, time] of times.entries()) {
    while ((times[from] ?? time) <= time - 1_000) from += 1;
    fullest = Math.max(fullest, place - from + 1);
  }
  const startsAt = (times[0] ?? 0) + edgeMs;
  const endsAt = (times.at(-1) ?? 0) - edgeMs;
  const between = times.filter((time) => time >= startsAt && time < endsAt).length;
  return { fullest, mean: between / ((endsAt - startsAt) / 1_000) };
};
