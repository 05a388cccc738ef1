import type { LineAccount } from "@yubin/line";
import { askQuota, createChannelQuotas, type Store } from "@yubin/store";
import { LRUCache } from "lru-cache";

import type { Tokens } from "./domain/ports.ts";
import type { QuotaDeps } from "./domain/quota-deps.ts";

export interface AskMonthDeps {
  readonly store: Store;
  readonly account: Pick<LineAccount, "quota" | "consumption">;
  readonly tokens: Tokens;
  /** Whether a failure is of our own servers: then nothing is known of LINE. */
  readonly isAway: (error: unknown) => boolean;
  readonly now: () => Date;
}

/** Whoever LINE did not answer does not wait for it again so soon: the same feeder plans, too. */
const failedMs = 5_000;

/** Asks LINE about the months of channels; what it said is in the channel's row, for all replicas. */
export const createAskMonth = ({
  store,
  account,
  tokens,
  isAway,
  now,
}: AskMonthDeps): QuotaDeps["askMonth"] => {
  const quotas = createChannelQuotas(store);
  const failed = new LRUCache<string, { failure: unknown }>({ max: 1_000, ttl: failedMs });
  return async (channel, freshMs) => {
    const key = `${channel.id}/${channel.version}`;
    const ask = async () => {
      const known = failed.get(key);
      if (known) throw known.failure;
      try {
        const token = await tokens.tokenOf(channel);
        const [limit, used] = await Promise.all([account.quota(token), account.consumption(token)]);
        return { limit, used };
      } catch (failure) {
        failed.set(key, { failure });
        throw failure;
      }
    };
    try {
      return await askQuota({ quotas, ask, now }, channel, freshMs);
    } catch (failure) {
      if (isAway(failure)) throw failure;
      return { failure };
    }
  };
};
