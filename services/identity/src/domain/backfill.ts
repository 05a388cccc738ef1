import type { BackfillState } from "@yubin/types";

import type { InboxEvent } from "./inbox-event.ts";
import type { Listing } from "./listing-fact.ts";
import type { ListingPlace } from "./read-followers.ts";
import type { Held } from "./while-held.ts";

/** What came of the people found so far. */
export interface FollowerCounts {
  readonly found: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** The import of a channel's followers, held by whoever works on it. */
export interface Backfill extends Held, FollowerCounts {
  readonly channelId: string;
  readonly dryRun: boolean;
  readonly state: BackfillState;
  readonly reason: string | null;
  readonly place: ListingPlace;
  /** Every page was read. */
  readonly listed: boolean;
  readonly tries: number;
}

export type BackfillChange = Partial<FollowerCounts> &
  Partial<Pick<Backfill, "place" | "listed" | "tries" | "reason" | "state">> & {
    /** Its numbers are final: it is nobody's to work on any more. */
    readonly settledAt?: Date;
  };

export interface Backfills {
  /** Undefined where there is nothing left to do, or somebody does it. */
  claim(workspaceId: string, id: string, now: Date): Promise<Backfill | undefined>;
  /** A sign of life; false where the row is not ours any more, or was cancelled. */
  renew(held: Backfill, now: Date): Promise<boolean>;
  /** The row after the change; undefined where it is not ours any more, or was cancelled. */
  save(held: Backfill, change: BackfillChange, now: Date): Promise<Backfill | undefined>;
  /** Lets go of it; somebody else may go on from then on. */
  release(held: Held, nextAt: Date): Promise<void>;
}

/** How the events of one listing ended. */
export interface FactCounts {
  readonly waiting: number;
  /** By `<type>/<reason>`, of those that were applied. */
  readonly applied: Readonly<Record<string, number>>;
  readonly total: number;
}

/** The events that say whom LINE listed. */
export interface ListingFacts {
  /** Those that are there already stay as they are. */
  insert(facts: readonly InboxEvent[]): Promise<void>;
  count(workspaceId: string, prefix: string): Promise<FactCounts>;
}

export const listingOf = ({ workspaceId, channelId, id }: Backfill): Listing => ({
  workspaceId,
  channelId,
  key: id,
  by: "backfill",
});

export const followerCounts = ({ applied, total }: FactCounts): FollowerCounts => ({
  found: total,
  created: applied["followerFound/person_opened"] ?? 0,
  updated: applied["followerFound/friendship_changed"] ?? 0,
  unchanged: applied["followerFound/nothing_new"] ?? 0,
});
