import type { Producer } from "@yubin/queue";
import {
  advanceCampaign,
  deliverBatch as bulkLane,
  deliverMessage as singleLane,
  estimateCampaign,
  forgetPerson,
} from "@yubin/types";

import type { CampaignRef } from "./domain/ports.ts";
import type { ErasureRef, UnfinishedBatch } from "./store/unfinished.ts";

/** Puts rows on the queue of whoever goes on with them. */
export const createEnqueue = (producer: Producer) => ({
  message: (workspaceId: string, batchId: string, delayMs: number): Promise<void> =>
    producer.enqueue(singleLane, [{ v: 1, workspaceId, batchId }], { delayMs }),
  batches: async (rows: readonly UnfinishedBatch[]): Promise<void> => {
    const lanes = Object.groupBy(rows, ({ campaignId }) =>
      campaignId === null ? "single" : "bulk",
    );
    for (const [lane, contract] of [
      ["single", singleLane],
      ["bulk", bulkLane],
    ] as const)
      await producer.enqueue(
        contract,
        (lanes[lane] ?? []).map(({ workspaceId, batchId }) => ({ v: 1, workspaceId, batchId })),
      );
  },
  campaigns: (rows: readonly CampaignRef[]): Promise<void> =>
    producer.enqueue(
      advanceCampaign,
      rows.map(({ workspaceId, campaignId }) => ({ v: 1, workspaceId, campaignId })),
    ),
  estimates: (rows: readonly CampaignRef[]): Promise<void> =>
    producer.enqueue(
      estimateCampaign,
      rows.map(({ workspaceId, campaignId }) => ({ v: 1, workspaceId, campaignId })),
    ),
  erasures: (rows: readonly ErasureRef[]): Promise<void> =>
    producer.enqueue(
      forgetPerson,
      rows.map(({ workspaceId, erasureId }) => ({ v: 1, workspaceId, erasureId })),
    ),
});
