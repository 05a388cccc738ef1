import type { Store } from "@yubin/store";
import { workspaceRulesOf, type WorkspaceRules } from "@yubin/types";
import { LRUCache } from "lru-cache";

const rememberMs = 5_000;

/** What each workspace says about sending, as it was at most five seconds ago. */
export const createWorkspaceRules = ({ workspaces }: Store) => {
  const remembered = new LRUCache<string, WorkspaceRules>({ max: 1_000, ttl: rememberMs });
  return async (workspaceId: string): Promise<WorkspaceRules> => {
    const known = remembered.get(workspaceId);
    if (known) return known;
    const row = await workspaces.findOne(
      { _id: workspaceId },
      { projection: { quietHours: 1, cap: 1, consentRequired: 1, quota: 1 } },
    );
    const rules = workspaceRulesOf(row ?? {});
    remembered.set(workspaceId, rules);
    return rules;
  };
};
