import type { FactCounts } from "./backfill.ts";
import type { Listing } from "./listing-fact.ts";
import type { ListingPlace } from "./read-followers.ts";
import type { Profile } from "./profile.ts";
import type { Held } from "./while-held.ts";

/** The regular check of who follows a channel, held by whoever works on it. */
export interface Reconciliation extends Held {
  /** `idle` between runs; `listing` LINE's followers; `checking` people here; `settling` until all of it is applied. */
  readonly phase: "idle" | "listing" | "checking" | "settling";
  /** Grows with each run. */
  readonly run: number;
  /** By LINE's list, or, where LINE gives none, by asking who some of the people here are. */
  readonly how: "list" | "sample";
  readonly startedAt: Date | null;
  readonly place: ListingPlace;
  readonly listed: number;
  /** The last profile looked at, also in the run before. */
  readonly checkedAfter: string;
  readonly checked: number;
  /** Profiles asked of LINE in this run. */
  readonly asked: number;
  readonly tries: number;
  readonly reason: string | null;
}

export interface ReconciliationEnd {
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly how: "list" | "sample";
  readonly checked: number;
  readonly listed: number;
  readonly foundFollows: number;
  readonly foundUnfollows: number;
  readonly reason: string | null;
}

export type ReconciliationChange = Partial<Omit<Reconciliation, keyof Held>> & {
  /** Of the run that ends with this change. */
  readonly last?: ReconciliationEnd;
};

export interface Reconciliations {
  /** Undefined where it is not due, or somebody works on it. */
  claim(workspaceId: string, channelId: string, now: Date): Promise<Reconciliation | undefined>;
  renew(held: Held, now: Date): Promise<boolean>;
  /** The row after the change; undefined where it is not ours any more. */
  save(
    held: Reconciliation,
    change: ReconciliationChange,
    now: Date,
  ): Promise<Reconciliation | undefined>;
  release(held: Held, nextAt: Date): Promise<void>;
  /** Remembers whom LINE listed in this run. */
  keepListed(held: Reconciliation, lineUserIds: readonly string[], now: Date): Promise<void>;
  /** Those of them that were listed in this run. */
  findListed(held: Reconciliation, lineUserIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** People who follow the channel, after one of them, by id. */
  findFollowing(held: Reconciliation, after: string, limit: number): Promise<Profile[]>;
}

export const runOf = ({ id, workspaceId, run }: Reconciliation): Listing => ({
  workspaceId,
  channelId: id,
  key: `reconciliation-${run}`,
  by: "reconciliation",
});

export const endOf = (
  { startedAt, how, checked, listed, reason }: Reconciliation,
  { applied }: FactCounts,
  now: Date,
): ReconciliationEnd => ({
  startedAt: startedAt ?? now,
  endedAt: now,
  how,
  checked,
  listed,
  foundFollows:
    (applied["followerFound/person_opened"] ?? 0) +
    (applied["followerFound/friendship_changed"] ?? 0),
  foundUnfollows: applied["followerMissing/friendship_changed"] ?? 0,
  reason,
});
