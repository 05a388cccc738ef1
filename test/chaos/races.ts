import { recipientsOf } from "@yubin/store";

import { until } from "../stack/until.ts";
import type { World } from "./world.ts";

export interface RacesOptions {
  readonly seed: number;
  /** Of each kind. */
  readonly races: number;
  readonly timeoutMs: number;
  readonly log?: (line: string) => void;
}

/** One kind of race: something is committed while somebody is being sent to. */
export interface Raced {
  readonly races: number;
  /** Where the commit came first, so that nothing was sent any more. */
  readonly commitFirst: number;
  /** Attempts that began after the commit was acknowledged. */
  readonly late: number;
}

/** When the first attempt of each person began who was sent to. */
export const attemptsOf = async (
  { store }: World,
  campaignId: string,
): Promise<Map<string, number>> => {
  const attempts = new Map<string, number>();
  for await (const batch of store.batches.find({ campaignId }))
    for (const { profileId, outcome, firstAttemptAt } of recipientsOf(batch))
      if (profileId !== undefined && firstAttemptAt && outcome !== "skipped")
        attempts.set(profileId, Number(firstAttemptAt));
  return attempts;
};

export const untilDone = (world: World, ids: readonly string[], timeoutMs: number): Promise<true> =>
  until(
    async () =>
      (await world.store.campaigns.countDocuments({
        _id: { $in: [...ids] },
        state: { $nin: ["done", "cancelled"] },
      })) === 0 || undefined,
    { what: "the campaigns to end", timeoutMs, everyMs: 1_000 },
  );
