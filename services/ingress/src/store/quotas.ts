import { askQuota, createChannelQuotas, type Store } from "@yubin/store";

import type { AskQuotaDeps } from "../domain/quota.ts";

/** LINE's own numbers are behind by more than that. */
const freshMs = 60_000;

export const createMonthQuotas = (
  store: Store,
  now: () => Date,
): Pick<AskQuotaDeps, "monthQuota" | "needsOf"> => {
  const quotas = createChannelQuotas(store);
  return {
    monthQuota: async (channel, ask) =>
      (await askQuota({ quotas, ask, now }, channel, freshMs)).quota,
    needsOf: (channel) => quotas.needs(channel, now()),
  };
};
