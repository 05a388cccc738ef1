import { createUsageSamples, type Store, type UsageRow } from "@yubin/store";

import type { Usage } from "../domain/usage.ts";

/** A caller waits five seconds in all. */
const sampleMaxMs = 3_000;
const monthsMax = 24;

export const createUsage = (store: Store): Usage => {
  const samples = createUsageSamples(store, { maxMs: sampleMaxMs });
  return {
    read: async (workspaceId, now) => {
      const sampled = await samples.sample(workspaceId, now).catch((error: unknown) => error);
      const months = await samples.months(workspaceId, monthsMax);
      const [newest] = months;
      if (!newest) throw sampled;
      return {
        identified: newest.identified,
        anonymous: newest.anonymous,
        reachable: newest.reachable,
        at: newest.sampledAt.toISOString(),
        months: months.map(toMonth),
      };
    },
  };
};

const toMonth = ({ month, identifiedPeak, totalPeak, reachablePeak }: UsageRow) => ({
  month,
  identifiedPeak,
  totalPeak,
  reachablePeak,
});
