import { lineMonthOf, type MonthNeeds, type MonthQuota } from "@yubin/types";

import type { Store } from "./connect.ts";
import type { AllowanceRow } from "./rows/campaigns.ts";
import type { QuotaGrant } from "./rows/channel-quotas.ts";
import { isDuplicateKey } from "./store-failure.ts";

interface ChannelKey {
  readonly id: string;
  readonly workspaceId: string;
}

/** What a campaign came to so far, in people. */
export interface CampaignSum {
  /** Still to be sent something, or under way. */
  readonly queued: number;
  /** LINE accepted them, or may have. */
  readonly spent: number;
}

/** The month of a channel: what LINE said of it, and what is still to be taken from it. */
export interface ChannelQuotas {
  find(channel: ChannelKey): Promise<MonthQuota | undefined>;
  /** An older answer does not replace a newer one. */
  keep(channel: ChannelKey, quota: MonthQuota): Promise<void>;
  /** What launched campaigns of this channel, and messages on their own, still need of this month. */
  needs(channel: ChannelKey, now: Date): Promise<MonthNeeds>;
  /** Messages on their own that wait, without those for another month. */
  messagesWaiting(channel: ChannelKey, now: Date): Promise<number>;
  sums(workspaceId: string, campaignIds: readonly string[]): Promise<Map<string, CampaignSum>>;
  grants(
    channel: ChannelKey,
  ): Promise<{ readonly version: number; readonly grants: readonly QuotaGrant[] }>;
  /** By compare-and-set on the version, of a channel about which LINE was asked before; false where it has changed. */
  setGrants(channel: ChannelKey, version: number, grants: readonly QuotaGrant[]): Promise<boolean>;
}

const underWay = ["planning", "sending", "paused"] as const;

export const createChannelQuotas = ({
  channelQuotas,
  campaigns,
  batches,
}: Pick<Store, "channelQuotas" | "campaigns" | "batches">): ChannelQuotas => {
  const quotas: ChannelQuotas = {
    find: async ({ id, workspaceId }) => {
      const row = await channelQuotas.findOne({ _id: id, workspaceId });
      return row ? { limit: row.limit, used: row.used, fetchedAt: row.fetchedAt } : undefined;
    },
    keep: async ({ id, workspaceId }, { limit, used, fetchedAt }) => {
      try {
        await channelQuotas.updateOne(
          { _id: id, workspaceId, fetchedAt: { $lt: fetchedAt } },
          { $set: { limit, used, fetchedAt } },
          { upsert: true },
        );
      } catch (error) {
        if (!isDuplicateKey(error)) throw error; // a newer answer is there
      }
    },
    needs: async (channel, now) => {
      const { id: channelId, workspaceId } = channel;
      const running = await campaigns
        .find({ workspaceId, channelId, state: { $in: [...underWay] } })
        .project<{ _id: string; allowance?: Allowance | null }>({ allowance: 1 })
        .toArray();
      const ids = running.map(({ _id }) => _id);
      const [sums, messages] = await Promise.all([
        quotas.sums(workspaceId, ids),
        quotas.messagesWaiting(channel, now),
      ]);
      const needs = running.map(({ _id, allowance }) => needsOf(sums.get(_id) ?? noSum, allowance));
      return {
        reserved: needs.reduce((sum, { reserved }) => sum + reserved, messages),
        waiting: needs.reduce((sum, { waiting }) => sum + waiting, 0),
      };
    },
    messagesWaiting: ({ id: channelId, workspaceId }, now) => {
      const thisMonth = { $or: [{ sendAt: null }, { sendAt: { $lt: lineMonthOf(now).to } }] };
      const waiting = { campaignId: null, state: "open", workspaceId, channelId } as const;
      return batches.countDocuments({ ...waiting, ...thisMonth });
    },
    sums: async (workspaceId, campaignIds) => {
      if (campaignIds.length === 0) return new Map();
      const sums = await batches
        .aggregate<{ _id: string; queued: number; accepted: number; unknown: number }>([
          { $match: { campaignId: { $in: [...campaignIds] }, workspaceId } },
          {
            $group: {
              _id: "$campaignId",
              queued: { $sum: "$counts.queued" },
              accepted: { $sum: "$counts.accepted" },
              unknown: { $sum: "$counts.unknown" },
            },
          },
        ])
        .toArray();
      return new Map(
        sums.map(({ _id, queued, accepted, unknown }) => [
          _id,
          { queued, spent: accepted + unknown },
        ]),
      );
    },
    grants: async ({ id, workspaceId }) => {
      const row = await channelQuotas.findOne({ _id: id, workspaceId });
      return { version: row?.grantsVersion ?? 0, grants: row?.grants ?? [] };
    },
    setGrants: async ({ id, workspaceId }, version, grants) => {
      const known = version === 0 ? noVersion : { grantsVersion: version };
      const result = await channelQuotas.updateOne(
        { _id: id, workspaceId, ...known },
        { $set: { grants: [...grants], grantsVersion: version + 1 } },
      );
      return result.matchedCount === 1;
    },
  };
  return quotas;
};

type Allowance = Pick<AllowanceRow, "people" | "choice">;

const needsOf = ({ queued, spent }: CampaignSum, allowance?: Allowance | null): MonthNeeds => {
  const most = allowance?.people ?? null;
  const reserved = most === null ? queued : Math.min(queued, Math.max(0, most - spent));
  // Whom trimming has no room for is left out.
  return { reserved, waiting: allowance?.choice === "trim" ? 0 : queued - reserved };
};

const noSum: CampaignSum = { queued: 0, spent: 0 };
/** Rows of before have none. */
const noVersion = { $or: [{ grantsVersion: 0 }, { grantsVersion: { $exists: false } }] };

/**
 * What LINE says of a channel's month, asked where what it said last is as old as this; while it cannot be asked, what
 * it said last, with why. Fails where it never said anything.
 */
export const askQuota = async (
  { quotas, ask, now }: AskQuota,
  channel: ChannelKey,
  freshMs: number,
): Promise<{ readonly quota: MonthQuota; readonly failure?: unknown }> => {
  const known = await quotas.find(channel);
  const fetchedAt = now();
  // What another machine's clock puts ahead of ours is no fresher for it.
  const ageMs = known ? Math.abs(fetchedAt.getTime() - known.fetchedAt.getTime()) : Infinity;
  if (known && ageMs < freshMs) return { quota: known };
  try {
    const quota = { ...(await ask()), fetchedAt };
    await quotas.keep(channel, quota);
    return { quota };
  } catch (failure) {
    if (known) return { quota: known, failure };
    throw failure;
  }
};

export interface AskQuota {
  readonly quotas: Pick<ChannelQuotas, "find" | "keep">;
  /** Asks LINE for both of its numbers. */
  readonly ask: () => Promise<Pick<MonthQuota, "limit" | "used">>;
  readonly now: () => Date;
}
