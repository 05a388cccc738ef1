import { Failure } from "@yubin/errors";
import { handlerOf, type JobEnd, type JobHandler } from "@yubin/queue";
import { estimateCampaign as contract } from "@yubin/types";

import { estimateCampaign, type EstimateDeps } from "../domain/estimate-campaign.ts";
import { patient } from "./patient.ts";

export interface EstimateCampaignJobDeps extends EstimateDeps {
  readonly isAway: (error: unknown) => boolean;
}

/** Counts whom a campaign would reach. */
export const estimateCampaignJob = (deps: EstimateCampaignJobDeps): JobHandler =>
  handlerOf(contract, (payload, { signal }) =>
    patient(deps, async (): Promise<JobEnd> => {
      const estimated = await estimateCampaign(deps, payload, signal);
      if (estimated === "obsolete") return "obsolete";
      if (estimated === "again")
        throw new Failure("in_progress", "counting was broken off", { retryAfterMs: 1_000 });
      return undefined;
    }),
  );
