import { z } from "zod";

const ref = z.string().min(1).max(512);

/** Body of `POST /v1/merges`. `into` is whose external id is shown afterwards; the id that stays is the older one. */
export const mergeRequest = z.strictObject({
  from: ref,
  into: ref,
  preview: z.boolean().optional(),
});
export type MergeRequest = z.output<typeof mergeRequest>;

/** One value of the two profiles: what stays, what it stood against, and why. */
export interface MergeValueView {
  /** `externalId`, `traits.<key>`, `consents.<purpose>` or `suppression`. */
  readonly field: string;
  /** Whose value stays: that of the profile whose id stays, or of the other. */
  readonly from: "into" | "from";
  readonly because: "only" | "identified" | "newest" | "stricter" | "asked" | "older";
  readonly kept: unknown;
  readonly lost: unknown;
}

/** Answer of `GET /v1/merges/:id`. */
export interface MergeView {
  readonly id: string | null;
  /** `already_same`: nothing had to be done. */
  readonly state: "preview" | "running" | "done" | "undoing" | "undone" | "already_same";
  /** The profile that is merged, and the one whose id stays. */
  readonly from: string;
  readonly into: string;
  readonly askedBy: string | null;
  readonly values: readonly MergeValueView[];
  readonly startedAt: string | null;
  readonly undoUntil: string | null;
  readonly undoneAt: string | null;
}

/** Body of `POST /v1/conflicts/:id/resolve`. */
export const resolveRequest = z.union([
  /** Whose the LINE ID is. */
  z.strictObject({ to: ref }),
  /** What becomes of two profiles that may be one person. */
  z.strictObject({ decision: z.enum(["merge", "keep_apart"]) }),
]);
export type ResolveRequest = z.output<typeof resolveRequest>;

export interface ClaimantView {
  readonly profileId: string;
  readonly externalId: string | null;
  readonly proof: string;
  readonly at: string;
}

/** Answer of `GET /v1/conflicts/:id`. */
export interface ConflictView {
  readonly id: string;
  readonly kind: "line_id" | "merge";
  readonly provider: string | null;
  readonly lineUserId: string | null;
  readonly because: "external_ids" | "undone" | "merge_rate" | "limit";
  /** What happened and what can be done, for people. */
  readonly explanation: string;
  readonly holder: { readonly profileId: string; readonly externalId: string | null };
  readonly claimants: readonly ClaimantView[];
  readonly state: "open" | "resolved";
  readonly resolvedTo: string | null;
  readonly resolvedBy: string | null;
  readonly resolvedAt: string | null;
  readonly since: string;
}
