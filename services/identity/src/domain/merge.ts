/** What became of one value in a merge: whose stayed, and why. */
export interface MergedValue {
  /** `externalId`, `traits.<key>`, `consents.<purpose>` or `suppression`. */
  readonly field: string;
  /** The survivor's or the loser's. */
  readonly from: "into" | "from";
  readonly because: "only" | "identified" | "newest" | "stricter" | "asked" | "older";
}

export type MergeState = "preview" | "started" | "done" | "undoing" | "undone" | "void";

export type AskedBy = "merge" | "alias" | "identify" | "resolve" | "preview";

/** The journal of one merge, which is written before the merge itself: the loser's `mergedInto`. */
export interface Merge {
  readonly id: string;
  readonly workspaceId: string;
  readonly eventRowId: string;
  readonly askedBy: AskedBy;
  readonly from: string;
  readonly into: string;
  readonly state: MergeState;
  /** The merge holds for the loser of this version, and for no other. */
  readonly loserVersion: number;
  /** The loser's external id is the one to show afterwards. */
  readonly lendsExternalId: boolean;
  readonly undoUntil: Date;
  readonly startedAt: Date;
}

/** The order in which profiles survive: the oldest. Ids begin with the time they were made and never change. */
export const byAge = (one: { readonly id: string }, other: { readonly id: string }): number =>
  one.id < other.id ? -1 : Number(one.id > other.id);
