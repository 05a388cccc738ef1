import { createChannelReader, type ChannelRow, type Store } from "@yubin/store";
import { LRUCache } from "lru-cache";

import type { Channel, Channels } from "../domain/ports.ts";

const rememberMs = 1_000;

export interface ChannelStore extends Channels {
  /** With its sealed credentials. */
  readonly findRow: (workspaceId: string, channelId: string) => Promise<ChannelRow | undefined>;
  /** For messages from outside: a channel of another workspace is not said to be absent. */
  readonly findForSend: (
    workspaceId: string,
    channelId: string,
  ) => Promise<{ readonly provider: string } | "foreign" | undefined>;
}

/** Channels as they were at most a second ago, so that a new token or a stop is seen soon and read seldom. */
export const createChannels = (store: Store): ChannelStore => {
  const reader = createChannelReader(store);
  const remembered = new LRUCache<string, ChannelRow>({ max: 500, ttl: rememberMs });
  const findRow = async (
    workspaceId: string,
    channelId: string,
  ): Promise<ChannelRow | undefined> => {
    const known = remembered.get(channelId);
    if (known?.workspaceId === workspaceId) return known;
    const row = await reader.findChannel(workspaceId, channelId);
    if (row) remembered.set(channelId, row);
    return row;
  };

  return {
    findRow,
    find: async (workspaceId, channelId) => {
      const row = await findRow(workspaceId, channelId);
      return row && toChannel(row);
    },
    findForSend: async (workspaceId, channelId) => {
      const row = await findRow(workspaceId, channelId);
      if (row) return { provider: row.provider };
      const elsewhere = await store.channels.findOne(
        { _id: channelId, workspaceId: { $ne: workspaceId } },
        { projection: { _id: 1 } },
      );
      return elsewhere ? "foreign" : undefined;
    },
    stop: async ({ id, workspaceId, version }, reason) => {
      remembered.delete(id);
      const result = await store.channels.updateOne(
        { _id: id, workspaceId, version },
        {
          $set: { state: "stopped", stateReason: reason, updatedAt: new Date() },
          $inc: { version: 1 },
        },
      );
      return result.matchedCount === 1;
    },
  };
};

const toChannel = (row: ChannelRow): Channel => ({
  id: row._id,
  workspaceId: row.workspaceId,
  provider: row.provider,
  name: row.name,
  state: row.state,
  version: row.version,
  limits: { push: row.limits.pushPerSecond, multicast: row.limits.multicastPerSecond },
});
