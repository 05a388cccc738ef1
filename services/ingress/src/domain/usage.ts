import type { UsageView } from "@yubin/types";

/** How many people a workspace has, and the peaks of its months. */
export interface Usage {
  /** Counted now, or as last counted where that takes too long. */
  read(workspaceId: string, now: Date): Promise<UsageView>;
}
