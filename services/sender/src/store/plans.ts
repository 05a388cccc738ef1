import {
  insertResults,
  isDuplicateKey,
  recipientsOf,
  type BatchRow,
  type Store,
} from "@yubin/store";

import { isSettled } from "../domain/batch.ts";
import type { PlanDeps, PlannedBatch } from "../domain/plan-campaign.ts";
import type { Campaign } from "../domain/ports.ts";
import { countedFrom } from "./batch-rows.ts";
import { peopleFields } from "./batches.ts";

export const batchIdOf = (campaignId: string, seq: number): string =>
  `${campaignId}/${String(seq).padStart(6, "0")}`;

/** All batches of a campaign, by their ids. */
export const idsOf = (campaignId: string, from = 0) => ({
  $gte: batchIdOf(campaignId, from),
  $lt: `${campaignId}0`, // 0 comes right after /
});

/** All places of a campaign. */
export const placeIdsOf = (campaignId: string) => ({
  $gte: `${campaignId}/`,
  $lt: `${campaignId}0`,
});

export const placeIdOf = (campaignId: string, profileId: string): string =>
  `${campaignId}/${profileId}`;

export const createPlans = ({
  batches,
  places,
}: Pick<Store, "batches" | "places">): PlanDeps["plans"] => {
  const rows = batches;
  return {
    last: async ({ id, workspaceId }) => {
      const row = await rows
        .find({ _id: idsOf(id), workspaceId })
        .sort({ _id: -1 })
        .limit(1)
        .next();
      return row ? toPlanned(row) : undefined;
    },
    placed: async ({ id, workspaceId }, profileIds) => {
      const ids = profileIds.map((profileId) => placeIdOf(id, profileId));
      const found = await places
        .find({ _id: { $in: ids }, workspaceId })
        .project<{ _id: string }>({ _id: 1 })
        .toArray();
      return new Set(found.map(({ _id }) => _id.slice(id.length + 1)));
    },
    place: async ({ id, workspaceId }, { seq, recipients }) => {
      const taken = recipients.flatMap(({ profileId }) =>
        profileId === undefined ? [] : [{ _id: placeIdOf(id, profileId), workspaceId, seq }],
      );
      if (taken.length === 0) return;
      const results = await insertResults(taken.length, () =>
        places.insertMany(taken, { ordered: false }),
      );
      for (const result of results) if (typeof result === "object") throw result.error;
    },
    insert: async (campaign, batch, now) => {
      const row = toRow(campaign, batch, now);
      try {
        await rows.insertOne(row);
        return undefined;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
      const earlier = await rows.findOne({ _id: row._id, workspaceId: row.workspaceId });
      if (!earlier) throw new Error("a batch vanished while its campaign was planned");
      return toPlanned(earlier);
    },
  };
};

const toPlanned = (row: BatchRow): PlannedBatch => ({
  seq: row.seq,
  recipients: recipientsOf(row),
  cursor: row.planCursor,
  endOfPlan: row.endOfPlan,
});

/** A batch whose people all have an end already (references to nobody) is settled from the start. */
const toRow = (campaign: Campaign, batch: PlannedBatch, now: Date): BatchRow => {
  const method = campaign.personal ? "push" : "multicast";
  const { recipients } = batch;
  const settled = isSettled({ recipients, calls: [] });
  const ids = {
    _id: batchIdOf(campaign.id, batch.seq),
    workspaceId: campaign.workspaceId,
    campaignId: campaign.id,
  };
  return {
    ...ids,
    channelId: campaign.channelId,
    seq: batch.seq,
    state: settled ? "settled" : "open",
    endOfPlan: batch.endOfPlan,
    planCursor: batch.cursor,
    method,
    ...peopleFields(ids, recipients),
    calls: [],
    ...countedFrom(ids, recipients),
    content: null,
    purpose: null,
    sendAt: null,
    claim: null,
    generation: 0,
    crashes: 0,
    nextAt: null,
    createdAt: now,
    settledAt: settled ? now : null,
  };
};
