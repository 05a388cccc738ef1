import {
  isDuplicateKey,
  sizeOfRanges,
  storeFailure,
  type CampaignRow,
  type Store,
} from "@yubin/store";
import { limits, sendRulesOf } from "@yubin/types";

import type { CampaignPlace } from "../domain/campaign-list.ts";
import type { Campaign, Campaigns } from "../domain/campaign.ts";
import { sumCampaign } from "./sum-campaign.ts";

export const createCampaigns = (store: Store): Campaigns => {
  const rows = store.campaigns;
  const read = async (workspaceId: string, some: readonly CampaignRow[]): Promise<Campaign[]> => {
    const running = some.filter(({ state }) => state === "planning" || state === "sending");
    const [stopped, trimmed] = await Promise.all([
      stoppedChannels(store, workspaceId, running),
      trimmedIn(store, workspaceId, some),
    ]);
    return some.map((row) => ({
      ...toCampaign(row, trimmed.get(row._id) ?? 0),
      ...(running.includes(row) && stopped.has(row.channelId)
        ? { heldBy: stopped.get(row.channelId) ?? "channel_stopped" }
        : {}),
    }));
  };
  return {
    find: async (workspaceId, campaignId) => {
      const row = await rows.findOne({ _id: campaignId, workspaceId });
      return row ? (await read(workspaceId, [row]))[0] : undefined;
    },
    list: async (workspaceId, { state, channelId }, { after, limit }) =>
      read(
        workspaceId,
        await rows
          .find({
            workspaceId,
            ...(state === undefined ? {} : { state }),
            ...(channelId === undefined ? {} : { channelId }),
            ...(after ? olderThan(after) : {}),
          })
          .sort({ createdAt: -1, _id: -1 })
          .limit(limit)
          .toArray(),
      ),
    insert: async (campaign) => {
      try {
        await rows.insertOne(toRow(campaign));
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    change: async ({ id, workspaceId, state, revision }, changed) => {
      const { name, content, contentVersion, personal, audience, exclude, purpose } = changed;
      const { rules, schedule, startsAt, throttle } = changed;
      const quota = changed.quota.choice;
      const words = { content, contentVersion, personal, tracking: changed.tracking };
      const asked = { name, ...words, audience, exclude, purpose, rules };
      const nextAt = state === "scheduled" && startsAt ? sweptAt(startsAt) : null;
      const row = await rows.findOneAndUpdate(
        {
          _id: id,
          workspaceId,
          state,
          ...(revision === 0 ? noRevision : { revision }),
          ...(state === "paused" ? neverStarted : {}),
        },
        { $set: { ...asked, schedule, startsAt, throttle, quota, nextAt, revision: revision + 1 } },
        { returnDocument: "after" },
      );
      return row ? (await read(workspaceId, [row]))[0] : undefined;
    },
    move: async ({ id, workspaceId, state, startsAt, revision }, step, now) => {
      const row = await rows.findOneAndUpdate(
        { _id: id, workspaceId, state, ...(revision === 0 ? noRevision : { revision }) },
        {
          $set: {
            state: step.to,
            stateReason: step.reason,
            nextAt: step.to === "scheduled" ? sweptAt(startsAt ?? now) : now,
            ...(step.launches ? { launchedAt: now } : {}),
            ...(step.starts ? { startedAt: now } : {}),
            ...(step.ends ? { endedAt: now } : {}),
            ...(step.runs ? { quotaWaived: step.waivesQuota } : {}),
          },
          ...(step.runs ? { $inc: { run: 1 } } : {}),
        },
        { returnDocument: "after" },
      );
      return row ? (await read(workspaceId, [row]))[0] : undefined;
    },
    hasAudience: async ({ workspaceId, channelId, audience, list }) => {
      if (audience.type === "refs") return audience.refs.length > 0;
      if (audience.type === "list") return list !== null && list.rows > 0;
      const friends = { workspaceId, friendOf: channelId, mergedInto: null };
      try {
        const options = { projection: { _id: 1 }, timeoutMS: hasAudienceMaxMs };
        return (await store.profiles.findOne(friends, options)) !== null;
      } catch (error) {
        if (storeFailure(error)) return true;
        throw error;
      }
    },
    sending: (campaign) => sendingIn(store, campaign),
    sum: (campaign, interval) => sumCampaign(store, campaign, interval),
  };
};

/** The first bound is what the index needs. */
const olderThan = ({ createdAt, id }: CampaignPlace) => ({
  createdAt: { $lte: createdAt },
  $or: [{ createdAt: { $lt: createdAt } }, { _id: { $lt: id } }],
});

/** Only for a server that looks at all friends to find one: then there are so many that they are surely somebody. */
const hasAudienceMaxMs = 2_000;

/** Whoever pauses a campaign is told that it is paused, however long its batches take to be looked through. */
const sendingMaxMs = 2_000;

const sendingIn = async (
  { batches }: Store,
  { id, workspaceId }: Campaign,
): Promise<number | null> => {
  const called = {
    campaignId: id,
    workspaceId,
    state: "open",
    "calls.0": { $exists: true },
  } as const;
  try {
    const rows = await batches
      .find(called, { timeoutMS: sendingMaxMs })
      .project<{ calls: { members: number[] }[] }>({ _id: 0, "calls.members": 1 })
      .toArray();
    return rows
      .flatMap(({ calls }) => calls)
      .reduce((sum, { members }) => sum + sizeOfRanges(members), 0);
  } catch (error) {
    if (storeFailure(error)) return null;
    throw error;
  }
};

/** Rows of before have none. */
const noRevision = { $or: [{ revision: 0 }, { revision: { $exists: false } }] };

/** It may have been resumed, started and paused once more since it was read. Rows of before do not tell, and match not. */
const neverStarted = { startedAt: { $type: "null" } } as const;

/** What `isOpenToChange` says, of the row as it is. */
export const openToChange = {
  $or: [
    { state: { $in: ["draft" as const, "scheduled" as const] } },
    { state: "paused" as const, ...neverStarted },
  ],
};

/** The sweeper takes what has been due for a while, and a campaign is to start on time. */
const sweptAt = (startsAt: Date): Date => new Date(startsAt.getTime() - limits.sweepAfterMs);

/** The channels of these campaigns that send nothing, each with why. */
const stoppedChannels = async (
  { channels }: Store,
  workspaceId: string,
  running: readonly CampaignRow[],
): Promise<Map<string, string | null>> => {
  if (running.length === 0) return new Map();
  const ids = [...new Set(running.map(({ channelId }) => channelId))];
  const found = await channels
    .find({ _id: { $in: ids }, workspaceId, state: "stopped" })
    .project<{ _id: string; stateReason: string | null }>({ stateReason: 1 })
    .toArray();
  return new Map(found.map(({ _id, stateReason }) => [_id, stateReason]));
};

/** How many people of these campaigns the month's quota had no room for, in any of their runs; see `trimmedOf`. */
const trimmedIn = async (
  { batches }: Store,
  workspaceId: string,
  some: readonly CampaignRow[],
): Promise<Map<string, number>> => {
  const ids = some.flatMap(({ _id, launchedAt }) => (launchedAt === null ? [] : [_id]));
  if (ids.length === 0) return new Map();
  const sums = await batches
    .aggregate<{ _id: string; count: number }>([
      { $match: { "trimmed.workspaceId": workspaceId, "trimmed.campaignId": { $in: ids } } },
      { $group: { _id: "$trimmed.campaignId", count: { $sum: "$trimmed.count" } } },
    ])
    .toArray();
  return new Map(sums.map(({ _id, count }) => [_id, count]));
};

const toRow = (campaign: Campaign): CampaignRow => {
  const { id, planned: _planned, heldBy: _heldBy, quota, ...rest } = campaign;
  return {
    ...rest,
    _id: id,
    quota: quota.choice,
    list: null,
    run: 0,
    fedBatches: 0,
    plannedBatches: null,
    nextAt: null,
  };
};

const toCampaign = (row: CampaignRow, trimmed: number): Campaign => ({
  id: row._id,
  workspaceId: row.workspaceId,
  channelId: row.channelId,
  name: row.name,
  content: row.content,
  personal: row.personal,
  audience: row.audience,
  list: row.list ?? null,
  exclude: row.exclude ?? null,
  purpose: row.purpose,
  rules: row.rules ?? sendRulesOf({}),
  schedule: row.schedule ?? null,
  startsAt: row.startsAt ?? null,
  ...(row.startedAt === undefined ? {} : { startedAt: row.startedAt }),
  throttle: row.throttle ?? null,
  tracking: row.tracking ?? "off",
  quota: {
    choice: row.quota ?? null,
    judged: row.allowance ?? null,
    trimmed,
    looksAt: row.nextAt,
  },
  contentVersion: row.contentVersion,
  revision: row.revision ?? 0,
  state: row.state,
  stateReason: row.stateReason,
  planned: row.plannedBatches !== null,
  createdAt: row.createdAt,
  launchedAt: row.launchedAt,
  endedAt: row.endedAt,
});
