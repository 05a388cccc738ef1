import type { BatchRow, CampaignRow, Store } from "@yubin/store";
import { hasVariants, isWalked, type FrozenWords } from "@yubin/types";

import type { AdvanceDeps } from "../domain/advance-campaign.ts";
import type { Content } from "../domain/batch.ts";
import { marginMs } from "../domain/clean-places.ts";
import type { FeedDeps } from "../domain/feed-campaign.ts";
import type { Campaign } from "../domain/ports.ts";
import { idsOf } from "./plans.ts";

/** The sweeper looks again at a campaign that was fed, should nobody report a batch settled. */
const fedLookAgainMs = 10_000;

export const createFeeding = (store: Store): FeedDeps["feeding"] => {
  const campaigns = store.campaigns;
  const batches = store.batches;
  return {
    find: async ({ workspaceId, campaignId }) => {
      const row = await campaigns.findOne({ _id: campaignId, workspaceId });
      return row ? toCampaign(row) : undefined;
    },
    openFed: async ({ id, workspaceId, fedBatches }, { max, awakeBefore }) => {
      const awake = { $or: [{ nextAt: null }, { nextAt: { $lt: awakeBefore } }] };
      const rows = await batches
        .find({ campaignId: id, workspaceId, state: "open", seq: { $lt: fedBatches }, ...awake })
        .project<Pick<BatchRow, "_id" | "nextAt" | "tried" | "counts">>({
          nextAt: 1,
          tried: 1,
          "counts.queued": 1,
          "counts.audience": 1,
        })
        // By the index that has them in this order; others would read all that are planned.
        .sort({ seq: 1 })
        .limit(max)
        .toArray();
      return rows.map(({ _id, nextAt, tried, counts }) => ({
        id: _id,
        idle: nextAt === null,
        share: tried ? counts.queued / counts.audience : 1,
      }));
    },
    hasOpen: async ({ id, workspaceId }) =>
      (await batches.findOne(
        { campaignId: id, workspaceId, state: "open" },
        { projection: { _id: 1 }, sort: { seq: 1 } },
      )) !== null,
    plannedFrom: async ({ id, workspaceId }, seq, max) => {
      const rows = await batches
        .find({ _id: idsOf(id, seq), workspaceId })
        .project<{ _id: string; endOfPlan: boolean }>({ endOfPlan: 1 })
        .sort({ _id: 1 })
        .limit(max)
        .toArray();
      return rows.filter(({ endOfPlan }) => !endOfPlan).map(({ _id }) => _id);
    },
    advanceFed: async ({ id, workspaceId, fedBatches, state, run }, fed, now) => {
      const nextAt = new Date(now.getTime() + fedLookAgainMs);
      const result = await campaigns.updateOne(
        { _id: id, workspaceId, state, run, fedBatches },
        { $set: { fedBatches: fed, nextAt } },
      );
      return result.matchedCount === 1;
    },
    wake: async ({ workspaceId }, batchIds, now) => {
      await batches.updateMany(
        { _id: { $in: [...batchIds] }, workspaceId, state: "open", nextAt: null },
        { $set: { nextAt: now } },
      );
    },
    finish: async ({ id, workspaceId, fedBatches, run }, now) => {
      const result = await campaigns.updateOne(
        { _id: id, workspaceId, state: "sending", run, fedBatches, plannedBatches: fedBatches },
        { $set: { state: "done", stateReason: null, endedAt: now, nextAt: null } },
      );
      return result.matchedCount === 1;
    },
  };
};

export const createCampaignSteps = (store: Store): AdvanceDeps["campaigns"] => {
  const campaigns = store.campaigns;
  const batches = store.batches;
  return {
    endPlanning: async ({ id, workspaceId, audience }, plannedBatches) => {
      const planned = isWalked(audience)
        ? { plannedBatches }
        : { plannedBatches, placesUntil: new Date(Date.now() + marginMs) };
      const result = await campaigns.updateOne(
        { _id: id, workspaceId, state: "planning" },
        { $set: { ...planned, state: "sending" } },
      );
      if (result.matchedCount === 0)
        await campaigns.updateOne(
          { _id: id, workspaceId, plannedBatches: null },
          { $set: planned },
        );
    },
    start: async ({ id, workspaceId }, now) => {
      const result = await campaigns.updateOne(
        { _id: id, workspaceId, state: "scheduled", startsAt: { $lte: now } },
        { $set: { state: "planning", stateReason: null, startedAt: now, nextAt: now } },
      );
      return result.matchedCount === 1;
    },
    lookAgain: async ({ id, workspaceId, state, stateReason, run }, at) => {
      const same = { _id: id, workspaceId, state, stateReason, run };
      await campaigns.updateOne(same, { $set: { nextAt: at } });
    },
    openBatches: async ({ id, workspaceId }, max) =>
      (
        await batches
          .find({ campaignId: id, workspaceId, state: "open" })
          .project<{ _id: string }>({ _id: 1 })
          .sort({ seq: 1 })
          .limit(max)
          .toArray()
      ).map(({ _id }) => _id),
    isForeign: async ({ workspaceId, campaignId }) => {
      const elsewhere = { _id: campaignId, workspaceId: { $ne: workspaceId } };
      return (await campaigns.findOne(elsewhere, { projection: { _id: 1 } })) !== null;
    },
  };
};

export const toCampaign = (row: CampaignRow): Campaign => ({
  id: row._id,
  workspaceId: row.workspaceId,
  channelId: row.channelId,
  name: row.name,
  state: row.state,
  stateReason: row.stateReason,
  run: row.run,
  content: toContent(row),
  personal: row.personal,
  audience: row.audience,
  list: row.list ?? null,
  exclude: row.exclude ?? null,
  asked: { sendBefore: null, ...row.rules, purpose: row.purpose },
  startsAt: row.startsAt ?? null,
  proven: row.proven ?? false,
  throttle: row.throttle ?? null,
  quota: row.quota ?? null,
  quotaWaived: row.quotaWaived ?? false,
  allowance: row.allowance ?? null,
  launchedAt: row.launchedAt,
  fedBatches: row.fedBatches,
  plannedBatches: row.plannedBatches,
});

const toContent = ({ content, tracking = "off" }: CampaignRow): Campaign["content"] => {
  const tracked = tracking === "off" ? {} : { tracking };
  if (!hasVariants(content)) return { ...toWords(content), ...tracked };
  const variants = content.variants.map(({ name, weight, ...words }) => ({
    name,
    weight,
    ...toWords(words),
    ...tracked,
  }));
  return { variants, controlPercent: content.controlPercent };
};

const toWords = ({ messages, missing, notificationDisabled }: FrozenWords): Content => ({
  messages,
  ...(missing === undefined ? {} : { missing }),
  ...(notificationDisabled === undefined ? {} : { notificationDisabled }),
});
