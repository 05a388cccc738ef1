import { Failure } from "@yubin/errors";
import { handlerOf, type JobEnd, type JobHandler } from "@yubin/queue";
import { advanceCampaign as contract } from "@yubin/types";

import { advanceCampaign, type Advanced, type AdvanceDeps } from "../domain/advance-campaign.ts";
import { patient } from "./patient.ts";

export interface AdvanceCampaignJobDeps extends AdvanceDeps {
  readonly isAway: (error: unknown) => boolean;
  /** Told what one step came to. */
  readonly onAdvanced: (campaignId: string, advanced: Advanced, durationMs: number) => void;
}

const moreMs = 200;
/** LINE is not asked for the month again sooner than that. */
const laterMs = 5_000;

/** Plans and feeds a campaign, a piece at a time. */
export const advanceCampaignJob = (deps: AdvanceCampaignJobDeps): JobHandler =>
  handlerOf(contract, (payload, { signal }) =>
    patient(deps, async (): Promise<JobEnd> => {
      const startedAt = performance.now();
      const advanced = await advanceCampaign(deps, payload, signal);
      deps.onAdvanced(payload.campaignId, advanced, performance.now() - startedAt);
      switch (advanced) {
        case "foreign":
          throw new Failure("workspace_mismatch", "the campaign belongs to another workspace");
        case "more":
          throw new Failure("in_progress", "there is more to do", { retryAfterMs: moreMs });
        case "later":
          throw new Failure("in_progress", "goes on later", { retryAfterMs: laterMs });
        case "obsolete":
          return "obsolete";
        case "done":
          return;
      }
    }),
  );
