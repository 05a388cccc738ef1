import { setTimeout as pause } from "node:timers/promises";

import { until } from "../stack/until.ts";
import { attemptsOf, untilDone, type Raced, type RacesOptions } from "./races.ts";
import type { World } from "./world.ts";

const lanes = 24;
const peopleOfEach = 5;
const delayMaxMs = 800;

/** Campaigns to a few, each paused or cancelled at some moment of its life; afterwards the paused ones go on. */
export const raceCampaigns = async (
  world: World,
  people: readonly string[],
  { races, kind, timeoutMs, log }: RacesOptions & { readonly kind: "pause" | "cancel" },
): Promise<{ raced: Raced; broken: string[] }> => {
  const raced: { id: string; at: number; isFirst: boolean }[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < races) {
      next += 1;
      if (next % 1_000 === 0) log?.(`${kind}: ${next} campaigns`);
      const refs = Array.from(
        { length: peopleOfEach },
        (_, place) => people[(next * peopleOfEach + place) % people.length],
      );
      const { id } = await world.api.post<{ id: string }>("/v1/campaigns", {
        name: kind,
        channelId: world.channelId,
        audience: { type: "refs", refs },
        content: { messages: [{ type: "text", text: `[[${kind}-${next}]] hello` }] },
      });
      await world.api.post(`/v1/campaigns/${id}/launch`);
      await pause(world.random.below(delayMaxMs));
      const isFirst = await tellIt(world, id, kind);
      raced.push({ id, at: Date.now(), isFirst });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  // What begins too late would have begun by now.
  await pause(2_000);
  let late = 0;
  let first = 0;
  for (const { id, at, isFirst } of raced) {
    if (!isFirst) continue;
    const begun = [...(await attemptsOf(world, id)).values()];
    if (begun.length < peopleOfEach) first += 1;
    late += begun.filter((time) => time > at).length;
  }
  if (kind === "pause")
    for (const { id, isFirst } of raced)
      if (isFirst) await world.api.post(`/v1/campaigns/${id}/resume`);
  await untilEnded(
    world,
    raced.map(({ id }) => id),
    timeoutMs,
  );
  return {
    raced: { races: raced.length, commitFirst: first, late },
    broken: await sumsOf(
      world,
      raced.map(({ id }) => id),
      kind,
    ),
  };
};

/** False where it was over before. */
const tellIt = async ({ api }: World, id: string, kind: "pause" | "cancel"): Promise<boolean> => {
  try {
    await api.post(`/v1/campaigns/${id}/${kind}`);
    return true;
  } catch (error) {
    if (String(error).includes("state_invalid")) return false;
    throw error;
  }
};

/** Of cancelled ones, also what they left is at its end. */
const untilEnded = async (
  world: World,
  ids: readonly string[],
  timeoutMs: number,
): Promise<void> => {
  await untilDone(world, ids, timeoutMs);
  await until(
    async () =>
      (await world.store.batches.countDocuments({
        campaignId: { $in: [...ids] },
        state: "open",
      })) === 0 || undefined,
    { what: "their batches to end", timeoutMs, everyMs: 1_000 },
  );
};

const sumsOf = async (
  world: World,
  ids: readonly string[],
  kind: "pause" | "cancel",
): Promise<string[]> => {
  const sums = { audience: 0, accepted: 0, cancelled: 0, unknown: 0 };
  for await (const { counts } of world.store.batches.find({ campaignId: { $in: [...ids] } })) {
    sums.audience += counts.audience;
    sums.accepted += counts.accepted;
    sums.cancelled += counts.cancelled;
    sums.unknown += counts.unknown;
  }
  const isWhole =
    kind === "pause"
      ? sums.accepted === sums.audience && sums.audience === ids.length * peopleOfEach
      : sums.accepted + sums.cancelled + sums.unknown === sums.audience;
  return isWhole ? [] : [`${kind}: ${JSON.stringify(sums)} does not add up`];
};
