import type { Store } from "@yubin/store";
import type { ReconciliationView } from "@yubin/types";

import type { ChannelCounts } from "../domain/channel-counts.ts";

/** What identity found when it last held a channel's friendships against LINE. */
export const createLastReconciliation =
  ({ reconciliations }: Store): ChannelCounts["reconciliation"] =>
  async ({ id, workspaceId }): Promise<ReconciliationView | null> => {
    const row = await reconciliations.findOne(
      { _id: id, workspaceId },
      { projection: { last: 1 } },
    );
    if (!row?.last) return null;
    const { startedAt, endedAt, ...numbers } = row.last;
    return {
      startedAt: startedAt.toISOString(),
      endedAt: endedAt.toISOString(),
      ...numbers,
    };
  };
