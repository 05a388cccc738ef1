import { randomUUID } from "node:crypto";

import { createLineSender } from "@yubin/line";

import { addFriends } from "./add-friends.ts";
import { perSecond, ratio, type BenchOptions, type BenchResult } from "./bench-result.ts";
import { processorTimeSince } from "./processor-time.ts";
import { startBenchWorld, type BenchWorld } from "./bench-world.ts";
import { runCampaign } from "./run-campaign.ts";

const peopleDefault = 20_000;
const bareConcurrency = 64;

/** Personal pushes accepted per second ÷ a bare loop with the same HTTP client against the same simulator. */
export const benchPushes = async ({
  people = peopleDefault,
  log,
  profileDir,
}: BenchOptions): Promise<BenchResult> => {
  await using world = await startBenchWorld({ log, profileDir }, { identity: 0, sender: 1 });
  const userIds = await addFriends(world, people);
  log(`${people} friends`);

  await bareLoop(world, userIds.slice(0, 2_000));
  const bareMs = await bareLoop(world, userIds);
  await runCampaign(world, "[[warm]] {{ profile.displayName }}");
  const used = await processorTimeSince();
  const { ms, metrics } = await runCampaign(
    world,
    "[[bench]] {{ profile.displayName }}, spring has come",
  );
  const shares = await used(metrics.totals.accepted);

  const ours = perSecond(metrics.totals.accepted, ms);
  const bare = perSecond(people, bareMs);
  return {
    name: "pushes",
    server: world.server,
    figures: {
      "personal pushes accepted/s, launch to done": ours,
      "bare loop/s": bare,
      "ratio (goal ≥ 0.80)": ratio(ours, bare),
      "accepted of audience": `${metrics.totals.accepted} of ${metrics.totals.audience}`,
      "duplicates at LINE": (await world.levers.ledger(world.line.channelId)).duplicates,
      ...shares,
    },
  };
};

/** What sending costs when nothing is stored: 64 pushes in flight through the sender's own HTTP client. */
const bareLoop = async (
  { stack, line }: BenchWorld,
  userIds: readonly string[],
): Promise<number> => {
  const sender = createLineSender({ apiBaseUrl: stack.simulatorUrl });
  const run = randomUUID();
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let to = userIds[next]; to !== undefined; to = userIds[next]) {
      next += 1;
      const body = JSON.stringify({
        to,
        messages: [{ type: "text", text: `[[${run}]] Aiko 愛子, spring has come` }],
      });
      const answer = await sender.push({ token: line.accessToken, body, retryKey: randomUUID() });
      if (answer.kind !== "accepted") throw new Error(`the bare loop was answered ${answer.kind}`);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: bareConcurrency }, lane));
  const ms = performance.now() - startedAt;
  await sender.close(1_000);
  return ms;
};
