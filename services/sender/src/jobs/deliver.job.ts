import { Failure } from "@yubin/errors";
import { handlerOf, type JobEnd, type JobHandler } from "@yubin/queue";
import type { deliverMessage as single } from "@yubin/types";

import type { Delivered } from "../domain/deliver-batch.ts";
import type { BatchRef, CampaignRef } from "../domain/ports.ts";
import { patient } from "./patient.ts";

export interface DeliverJobDeps {
  readonly deliver: (ref: BatchRef, signal: AbortSignal) => Promise<Delivered>;
  /** Told what became of the work. */
  readonly onDelivered: (ref: BatchRef, delivered: Delivered, durationMs: number) => void;
  /** A batch of this campaign is settled, so there is room for another. */
  readonly feed: (campaign: CampaignRef) => void;
  readonly isAway: (error: unknown) => boolean;
}

/** Delivers one batch; the lanes of single messages and of campaigns share this code and nothing else. */
export const deliverJob = (contract: typeof single, deps: DeliverJobDeps): JobHandler =>
  handlerOf(contract, ({ workspaceId, batchId }, { signal }) =>
    patient(deps, async (): Promise<JobEnd> => {
      const ref = { workspaceId, batchId };
      const startedAt = performance.now();
      const delivered = await deps.deliver(ref, signal);
      deps.onDelivered(ref, delivered, performance.now() - startedAt);
      const feed = (campaignId: string | null): void => {
        if (campaignId !== null) deps.feed({ workspaceId, campaignId });
      };
      switch (delivered.kind) {
        case "settled":
        case "asleep":
        case "full":
          feed(delivered.batch.campaignId);
          return;
        case "poisoned":
          feed(delivered.batch.campaignId);
          throw new Failure("poison", "processes died with this batch again and again");
        case "foreign":
          throw new Failure("workspace_mismatch", "the batch belongs to another workspace");
        case "again":
          throw new Failure("in_progress", `goes on later: ${delivered.why}`, {
            retryAfterMs: delivered.afterMs,
          });
        case "obsolete":
          // It may have been settled from the start, where planning ended all of its people: there is room then.
          feed(campaignOf(batchId));
          return "obsolete";
        case "parked":
        case "lost":
          return;
      }
    }),
  );

/** By the id of a batch of a campaign; null for a message on its own. */
const campaignOf = (batchId: string): string | null => /^([^/]+)\/\d+$/.exec(batchId)?.[1] ?? null;
