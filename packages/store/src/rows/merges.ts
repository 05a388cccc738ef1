import { defineRows, field } from "../define-rows.ts";
import type { ProfileRow } from "./profiles.ts";

export type MergeState = "preview" | "started" | "done" | "undoing" | "undone" | "void";

/** What became of one value in a merge: whose stayed, and why. */
export interface MergeValue {
  /** `externalId`, `traits.<key>`, `consents.<purpose>` or `suppression`. */
  field: string;
  from: "into" | "from";
  because: "only" | "identified" | "newest" | "stricter" | "asked" | "older";
}

/**
 * The journal of one merge: both sides as they were before it. Written before anything is changed; the merge itself is
 * the loser's `mergedInto`.
 */
export interface MergeRow {
  _id: string;
  workspaceId: string;
  /** The event that asked for it. */
  eventRowId: string;
  /** What in that event: an operator's or caller's `merge`, an `alias`, or names that came together in an `identify`. */
  askedBy: "merge" | "alias" | "identify" | "resolve" | "preview";
  /** The loser and the survivor. */
  from: string;
  into: string;
  state: MergeState;
  /** The merge holds for the loser of this version, and for no other. */
  loserVersion: number;
  /** The loser's external id is the one to show afterwards. */
  lendsExternalId: boolean;
  loserBefore: ProfileRow | null;
  /** As it was in the write that absorbed the loser; null until then. */
  survivorBefore: ProfileRow | null;
  /** Version of the survivor in `survivorBefore`: a slower writer's older copy does not replace a newer one. */
  survivorVersion: number;
  values: MergeValue[];
  /** The loser as an undo gives it back, from before it is given back. */
  loserAfter?: ProfileRow | null;
  loserAfterVersion?: number;
  /** The event that undoes it. */
  undoneBy?: string | null;
  undoUntil: Date;
  startedAt: Date;
  doneAt: Date | null;
  undoneAt: Date | null;
  /** Of a preview, which nobody needs for long. */
  expireAt?: Date | null;
  /** When the sweeper may look at it; null once nothing is left to do. */
  nextAt: Date | null;
}

export const mergeRows = defineRows<MergeRow>({
  collection: "merges",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    eventRowId: field.text,
    askedBy: field.text,
    from: field.id,
    into: field.id,
    state: field.text,
    loserVersion: field.count,
    lendsExternalId: field.yes,
    loserBefore: field.maybeNested,
    survivorBefore: field.maybeNested,
    survivorVersion: field.count,
    values: field.list,
    loserAfter: field.maybeNested,
    loserAfterVersion: field.count,
    undoneBy: field.maybeText,
    undoUntil: field.time,
    startedAt: field.time,
    doneAt: field.maybeTime,
    undoneAt: field.maybeTime,
    nextAt: field.maybeTime,
    expireAt: field.maybeTime,
  },
  indexes: [
    { keys: { nextAt: 1 } },
    { keys: { expireAt: 1 }, expireAfterSeconds: 0 },
    { keys: { from: 1 } },
    { keys: { into: 1 } },
    { keys: { eventRowId: 1 } },
    { keys: { workspaceId: 1, _id: 1 } },
  ],
});
