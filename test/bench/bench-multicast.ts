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
  const small = Math.min(10_000, people);
  await addFriends(world, small);
  await runCampaign(world, "[[warm]] The shop opens at ten");
  const smallPeakMb = await peakMb(world);

  if (people > small) await addFriends(world, people - small, small);
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
      [`sender's memory at ${people} ÷ at ${small}`]: (largePeakMb / smallPeakMb).toFixed(2),
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
