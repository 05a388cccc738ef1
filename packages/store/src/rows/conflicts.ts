import { defineRows, field } from "../define-rows.ts";

export interface Claimant {
  profileId: string;
  /** The event that claimed. */
  eventRowId: string;
  proof: string;
  at: Date;
}

/**
 * Two people with different external ids claim one LINE ID. `_id` follows from workspace, provider and LINE ID, so that
 * there is one per LINE ID; a claim after it was resolved opens it again.
 */
export interface ConflictRow {
  _id: string;
  workspaceId: string;
  provider: string;
  lineUserId: string;
  /** Who has the LINE ID. */
  holderId: string;
  claimants: Claimant[];
  state: "open" | "resolved";
  /** Who got the LINE ID; null while it is open. */
  resolvedTo: string | null;
  resolvedAt: Date | null;
  /** What resolved it: an operator's decision, or the workspace's rule. */
  resolvedBy: "api" | "last_proof_wins" | "merge" | "unlink" | null;
  since: Date;
}

export const conflictRows = defineRows<ConflictRow>({
  collection: "conflicts",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    provider: field.text,
    lineUserId: field.text,
    holderId: field.id,
    claimants: field.list,
    state: field.text,
    resolvedTo: field.maybeText,
    resolvedAt: field.maybeTime,
    resolvedBy: field.maybeText,
    since: field.time,
  },
  indexes: [
    { keys: { workspaceId: 1, state: 1, _id: 1 } },
    { keys: { holderId: 1 } },
    { keys: { "claimants.profileId": 1 } },
  ],
});
