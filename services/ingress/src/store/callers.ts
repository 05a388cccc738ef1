import { LRUCache } from "lru-cache";

import { callerBehind, type ApiKey, type ApiKeys, type Caller } from "../domain/api-key.ts";

export interface Callers {
  find(hash: string): Promise<Caller | undefined>;
  /** Without asking the store. */
  known(hash: string): Caller | undefined;
  forget(hash: string): void;
}

/** A revoked key may work this much longer on a replica that has just seen it. */
const rememberMs = 5_000;
const keysMax = 10_000;

/** Remembers keys for seconds, and wrong ones as well, so that neither costs a read per request. */
export const createCallers = (apiKeys: ApiKeys, now: () => Date): Callers => {
  const cache = new LRUCache<string, { readonly key: ApiKey | undefined }>({
    max: keysMax,
    ttl: rememberMs,
    fetchMethod: async (hash) => ({ key: await apiKeys.findByHash(hash) }),
  });
  return {
    find: async (hash) => callerBehind((await cache.fetch(hash))?.key, now()),
    known: (hash) => callerBehind(cache.get(hash)?.key, now()),
    forget: (hash) => {
      cache.delete(hash);
    },
  };
};
