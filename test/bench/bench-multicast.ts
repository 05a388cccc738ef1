import { readFile } from "node:fs/promises";

import { addFriends } from "./add-friends.ts";
import { perSecond, type BenchOptions, type BenchResult } from "./bench-result.ts";
import { startBenchWorld, type BenchWorld } from "./bench-world.ts";
import { runCampaign } from "./run-campaign.ts";
import { waitingSince } from "./waiting.ts";

const peopleDefault = 200_000;

/** People per second by multicast, from launch to done, planning included; and the sender's memory against the size. */
export const benchMulticast = async ({
  people = peopleDefault,
  log,
  profileDir,
}: BenchOptions): Promise<BenchResult> => {
  await using world = await startBenchWorld({ log, profileDir }, { identity: 0, sender: 1 });
  // A heap grows until it has seen some work, whatever the work: so two sizes are measured before the one that counts.
  const warmUps: [size: number, peakMb: number][] = [];
  let friends = 0;
  for (const size of [Math.ceil(people / 20), Math.ceil(people / 2)]) {
    await addFriends(world, size - friends, friends);
    friends = size;
    await runCampaign(world, `[[warm-${size}]] The shop opens at ten`);
    warmUps.push([size, await peakMb(world)]);
  }

  await addFriends(world, people - friends, friends);
  log(`${people} friends`);
  const waiting = await waitingSince(world.stack.running.sender);
  const { ms, metrics } = await runCampaign(world, "[[news]] The shop opens at ten");
  const shares = await waiting();
  const largePeakMb = await peakMb(world);

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
      ...Object.fromEntries(
        warmUps.map(([size, mb]) => [
          `sender's peak memory at ${people} ÷ at ${size}`,
          (largePeakMb / mb).toFixed(2),
        ]),
      ),
      "sender's peak memory, MB": Math.round(largePeakMb),
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
