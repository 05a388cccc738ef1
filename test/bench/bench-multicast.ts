import { readFile } from "node:fs/promises";

import { Redis } from "ioredis";

import { addFriends } from "./add-friends.ts";
import { perSecond, type BenchOptions, type BenchResult } from "./bench-result.ts";
import { processorTimeSince } from "./processor-time.ts";
import { startBenchWorld, type BenchWorld } from "./bench-world.ts";
import { runCampaign } from "./run-campaign.ts";

const peopleDefault = 200_000;
const fewPeople = 10_000;
/** It was at its height after 20 to 30, and stayed there to the hundredth. */
const fewRuns = 40;

/** People per second by multicast, from launch to done, planning included; and the sender's memory against the size. */
export const benchMulticast = async ({
  people = peopleDefault,
  log,
  profileDir,
}: BenchOptions): Promise<BenchResult> => {
  await using world = await startBenchWorld({ log, profileDir }, { identity: 0, sender: 1 });
  // A heap grows until it has seen some work, whatever the work: so it does that with small campaigns first.
  const few = Math.min(fewPeople, people);
  await addFriends(world, few);
  for (let run = 0; run < fewRuns; run += 1)
    await runCampaign(world, `[[few-${run}]] The shop opens at ten`);
  const fewPeakMb = await peakMb(world);

  await addFriends(world, people - few, few);
  log(`${people} friends`);
  const used = await processorTimeSince();
  const { ms, metrics } = await runCampaign(world, "[[news]] The shop opens at ten");
  const shares = await used(metrics.totals.accepted);
  const manyPeakMb = await peakMb(world);

  return {
    name: "multicast",
    server: world.server,
    figures: {
      "people/s by multicast, launch to done (goal ≥ 50,000)": perSecond(
        metrics.totals.accepted,
        ms,
      ),
      "accepted of audience": `${metrics.totals.accepted} of ${metrics.totals.audience}`,
      "duplicates at LINE": (await world.levers.ledger(world.line.channelId)).duplicates,
      [`sender's peak memory at ${people} people ÷ after ${fewRuns} campaigns to ${few} (goal ≤ 1.2)`]:
        (manyPeakMb / fewPeakMb).toFixed(2),
      "sender's peak memory, MB": Math.round(manyPeakMb),
      "Redis's peak memory, MB (goal < 100)": await redisPeakMb(world),
      ...shares,
    },
  };
};

/** The most that the sender's process ever held, as the kernel counts it. */
const peakMb = async ({ stack }: BenchWorld): Promise<number> => {
  const pid = stack.running.sender[0]?.pid;
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/mu.exec(status)?.[1]) / 1_024;
};

const redisPeakMb = async ({ redisUrl }: BenchWorld): Promise<number> => {
  const redis = new Redis(redisUrl);
  const info = await redis.info("memory");
  redis.disconnect();
  return Math.round(Number(/^used_memory_peak:(\d+)/mu.exec(info)?.[1]) / 1_048_576);
};
