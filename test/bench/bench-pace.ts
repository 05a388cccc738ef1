import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";

import { addFriends } from "./add-friends.ts";
import type { BenchOptions, BenchResult } from "./bench-result.ts";
import { startBenchWorld, type BenchWorld } from "./bench-world.ts";
import { runCampaign } from "./run-campaign.ts";

const senders = 4;
const seconds = 15;
/** The first calls of a campaign are few, and the last ones, too: what is between has the pace. */
const edgeMs = 2_000;
const limits = [2_000, 200] as const;

/** How near four senders together come to LINE's limit without ever passing it, seen from LINE. */
export const benchPace = async ({ log, profileDir }: BenchOptions): Promise<BenchResult> => {
  const figures: Record<string, string | number> = {};
  let server = "";
  for (const limit of limits) {
    await using world = await startBenchWorld(
      { log, profileDir },
      { identity: 0, sender: senders },
      { perSecond: limit },
    );
    ({ server } = world);
    preferSimulator(world, log);
    await addFriends(world, limit * seconds);
    log(`${limit * seconds} friends`);
    const { channelId } = world.line;
    // Four processes that compile everything at once leave each other no processor.
    await runCampaign(world, "[[warm]] {{ profile.displayName }}");
    const before = (await world.levers.acceptedAt(channelId)).length;
    await runCampaign(world, "[[pace]] {{ profile.displayName }}");
    const times = (await world.levers.acceptedAt(channelId)).toSorted((one, other) => one - other);
    const pace = paceOf(times.slice(before));
    const { share429, duplicates } = await world.levers.ledger(channelId);
    figures[`at ${limit}/s: the fullest second`] = pace.fullest;
    figures[`at ${limit}/s: the mean ÷ the limit (goal ≥ 0.97)`] = (pace.mean / limit).toFixed(3);
    figures[`at ${limit}/s: share of 429 (goal < 0.001)`] = share429;
    figures[`at ${limit}/s: duplicates at LINE`] = duplicates;
  }
  return { name: "pace", server, figures };
};

/** LINE has machines of its own: what waits here for the stand-in to get a processor would be taken for our pace. */
const preferSimulator = ({ stack }: BenchWorld, log: (line: string) => void): void => {
  const pid = stack.simulator?.pid;
  try {
    if (pid === undefined) return;
    setPriority(pid, -20);
    // Linux may go by groups of processes first, and each of ours is one.
    writeFileSync(`/proc/${pid}/autogroup`, "-20");
  } catch {
    log("LINE's stand-in has no priority over the senders, so the fullest second is less exact");
  }
};

/** Of any second, wherever it starts, and of the time without its edges. */
const paceOf = (times: readonly number[]): { fullest: number; mean: number } => {
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
