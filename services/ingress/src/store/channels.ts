import { isDuplicateKey, type ChannelRow, type Store } from "@yubin/store";
import type { ChannelLimits } from "@yubin/types";

import type { Channel, Channels } from "../domain/channel.ts";

export const createChannels = ({ channels }: Store): Channels => ({
  find: async (workspaceId, channelId) =>
    toChannelOrNot(await channels.findOne({ _id: channelId, workspaceId })),
  findByBot: async (botUserId) => toChannelOrNot(await channels.findOne({ botUserId })),
  list: async (workspaceId, { after, limit }) =>
    (
      await channels
        .find({ workspaceId, _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
    ).map(toChannel),
  providers: async (workspaceId) => {
    const rows = await channels.find({ workspaceId }, { projection: { provider: 1 } }).toArray();
    return new Set(rows.map(({ provider }) => provider));
  },
  insert: async (channel) => {
    try {
      await channels.insertOne(toRow(channel));
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  },
  change: async ({ id, workspaceId, version }, change, now) =>
    toChannelOrNot(
      await channels.findOneAndUpdate(
        { _id: id, workspaceId, version },
        {
          $set: {
            ...rowPart(change),
            ...(change.health ? { healthAt: now } : {}),
            version: version + 1,
            updatedAt: now,
          },
        },
        { returnDocument: "after" },
      ),
    ),
  remove: async ({ id, workspaceId, version }) =>
    (await channels.deleteOne({ _id: id, workspaceId, version })).deletedCount === 1,
});

const rowPart = (change: Parameters<Channels["change"]>[1]): Partial<ChannelRow> => {
  const { secrets, health, limits, ...rest } = change;
  return {
    ...rest,
    ...(limits ? { limits: limitsRow(limits) } : {}),
    ...(secrets ? { secrets: [...secrets] } : {}),
    ...(health ? { health: [...health] } : {}),
  };
};

const toRow = ({ id, secrets, health, limits, ...rest }: Channel): ChannelRow => ({
  ...rest,
  _id: id,
  secrets: [...secrets],
  health: [...health],
  limits: limitsRow(limits),
});

const limitsRow = ({ push, multicast }: ChannelLimits): ChannelRow["limits"] => ({
  pushPerSecond: push,
  multicastPerSecond: multicast,
});

const toChannel = ({ _id, limits, ...rest }: ChannelRow): Channel => ({
  ...rest,
  id: _id,
  limits: { push: limits.pushPerSecond, multicast: limits.multicastPerSecond },
});

const toChannelOrNot = (row: ChannelRow | null): Channel | undefined =>
  row ? toChannel(row) : undefined;
