import { z } from "zod";

/** Body of `POST /v1/channels/:id/backfills`. */
export const backfillRequest = z.strictObject({ dryRun: z.boolean().optional() });

export type BackfillState = "running" | "done" | "failed" | "cancelled";

/** Answer of `GET /v1/backfills/:id`: how bringing in a channel's followers is getting on. */
export interface BackfillView {
  readonly id: string;
  readonly channelId: string;
  /** It only counts what would be created and updated. */
  readonly dryRun: boolean;
  readonly state: BackfillState;
  /** Why it failed, or what it waits for. */
  readonly reason: string | null;
  /** What to do about it. */
  readonly action: string | null;
  /** Pages read, those of a listing that had to start again included. */
  readonly pages: number;
  /** People that LINE listed. At the end `found` = `created` + `updated` + `unchanged`, but for what could not be applied. */
  readonly found: number;
  /** Profiles opened. */
  readonly created: number;
  /** People known here who were not known to follow. */
  readonly updated: number;
  readonly unchanged: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

/** The last time that who follows was compared with LINE. */
export interface ReconciliationView {
  readonly startedAt: string;
  readonly endedAt: string;
  /** By LINE's list of followers, or, where LINE gives none, by asking for the profiles of some. */
  readonly how: "list" | "sample";
  /** People here who were looked at, and people whom LINE listed. */
  readonly checked: number;
  readonly listed: number;
  readonly foundFollows: number;
  readonly foundUnfollows: number;
  /** Why it did not come to its end. */
  readonly reason: string | null;
}

/** What LINE told when it was asked, instead of by webhook; stored as events of `source: "line"`. */
export const listingFacts = ["followerFound", "followerMissing"] as const;
export type ListingFact = (typeof listingFacts)[number];
