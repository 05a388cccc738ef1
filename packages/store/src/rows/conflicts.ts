import { defineRows, field } from "../define-rows.ts";

/** A LINE ID that two known people claim, or two profiles that are not merged by themselves. */
export type ConflictKind = "line_id" | "merge";

export interface Claimant {
  profileId: string;
  /** The event that claimed. */
  eventRowId: string;
  proof: string;
  at: Date;
}

/**
 * What is never guessed. `_id` follows from workspace, provider and LINE ID, or from the two profiles, so that there is
 * one of each; a claim after it was resolved opens it again.
 */
export interface ConflictRow {
  _id: string;
  workspaceId: string;
  kind: ConflictKind;
  /** Null where it is about two profiles. */
  provider: string | null;
  lineUserId: string | null;
  /** Why nothing was done by itself. */
  because: "external_ids" | "undone" | "merge_rate" | "limit";
  /** Who has the LINE ID, or one of the two. */
  holderId: string;
  claimants: Claimant[];
  state: "open" | "resolved";
  /** Who got the LINE ID, or the survivor; null while it is open, or when both stay apart. */
  resolvedTo: string | null;
  resolvedAt: Date | null;
  /** What resolved it: an operator's decision, or the workspace's rule. */
  resolvedBy: "api" | "last_proof_wins" | "merge" | "unlink" | "erase" | null;
  since: Date;
}

export const conflictRows = defineRows<ConflictRow>({
  collection: "conflicts",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    kind: field.text,
    provider: field.maybeText,
    lineUserId: field.maybeText,
    because: field.text,
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
