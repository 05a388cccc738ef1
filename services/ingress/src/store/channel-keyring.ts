import type { ChannelRow, Store } from "@yubin/store";
import { LRUCache } from "lru-cache";

import { sealContext } from "../domain/channel.ts";
import type { ChannelKeyring, ChannelKeys } from "../domain/channel-keys.ts";

export interface ChannelKeyringOptions {
  readonly store: Store;
  readonly open: (sealed: string, context: string) => string;
}

/** A new channel or a rotated secret is seen within these. */
const knownForMs = 5_000;
const unknownForMs = 1_000;
const refreshEveryMs = 1_000;
const channelsMax = 5_000;

type Entry = { readonly keys: ChannelKeys | undefined };

/** Remembers channels for seconds, and that there is none for one: neither a flood nor a rotation hurts. */
export const createChannelKeyring = ({ store, open }: ChannelKeyringOptions) => {
  const cache = new LRUCache<string, Entry, Partial<ChannelRow>>({
    max: channelsMax,
    ttl: knownForMs,
    fetchMethod: async (_key, _stale, { context: filter, options }) => {
      const row = await store.channels.findOne(filter);
      if (!row) options.ttl = unknownForMs;
      return { keys: row ? toKeys(row, open) : undefined };
    },
  });
  const refreshes = new LRUCache<string, Promise<ChannelKeys | undefined>>({
    max: channelsMax,
    ttl: refreshEveryMs,
  });

  const forget = ({ botUserId, channelId }: { botUserId: string; channelId: string }): void => {
    cache.delete(`bot/${botUserId}`);
    cache.delete(`id/${channelId}`);
  };
  const byId = async (channelId: string): Promise<ChannelKeys | undefined> => {
    if (!/^chan_[0-9a-f]{32}$/.test(channelId)) return undefined;
    return (await cache.fetch(`id/${channelId}`, { context: { _id: channelId } }))?.keys;
  };

  const keyring: ChannelKeyring = {
    byBot: async (botUserId) =>
      (await cache.fetch(`bot/${botUserId}`, { context: { botUserId } }))?.keys,
    byId,
    refresh: (keys) => {
      const known = refreshes.get(keys.channelId);
      if (known) return known;
      forget(keys);
      const fresh = byId(keys.channelId);
      refreshes.set(keys.channelId, fresh);
      return fresh;
    },
  };
  return { ...keyring, forget };
};

const toKeys = (row: ChannelRow, open: ChannelKeyringOptions["open"]): ChannelKeys => ({
  channelId: row._id,
  workspaceId: row.workspaceId,
  botUserId: row.botUserId,
  secrets: row.secrets.map(({ sealed, validUntil }) => ({
    value: open(sealed, sealContext({ workspaceId: row.workspaceId, id: row._id })),
    validUntil,
  })),
});
