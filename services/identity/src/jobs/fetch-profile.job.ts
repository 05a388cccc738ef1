import { Failure } from "@yubin/errors";
import { handlerOf, type JobHandler } from "@yubin/queue";
import { fetchProfile as contract } from "@yubin/types";

import { fetchName, type FetchNameDeps, type NameFetched } from "../domain/fetch-name.ts";
import type { Pace } from "../domain/pace.ts";

export interface FetchProfileJobDeps extends FetchNameDeps {
  readonly pace: Pace;
  readonly onFetched: (outcome: NameFetched | "gave_up") => void;
}

/** Fetches a person's display name from LINE. */
export const fetchProfileJob = ({ pace, onFetched, ...deps }: FetchProfileJobDeps): JobHandler =>
  handlerOf(contract, async (wanted, { signal, attempt }) => {
    await pace(signal);
    try {
      const fetched = await fetchName(deps, wanted);
      onFetched(fetched);
      return fetched === "obsolete" ? "obsolete" : undefined;
    } catch (error) {
      // A name is no reason for a dead letter; the sweeper asks again for a day.
      const isAway = error instanceof Failure && error.retry === "backoff";
      if (!isAway || attempt < contract.attempts) throw error;
      onFetched("gave_up");
      return undefined;
    }
  });
