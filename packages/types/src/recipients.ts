import type { PersonClickView } from "./clicks.ts";
import type { Outcome } from "./messages.ts";

/** One person of a campaign, in `GET /v1/campaigns/:id/recipients`. */
export interface RecipientView {
  /** Null where a reference led to nobody, and for whoever was erased. */
  readonly profileId: string | null;
  /** As it is now: of merged people the survivor's. */
  readonly externalId: string | null;
  /** How the audience named the person, where it was by references. */
  readonly ref: string | null;
  readonly lineUserId: string | null;
  /** Its name, `control` or `unassigned`; null where the campaign has no variants. */
  readonly variant: string | null;
  readonly state: "queued" | "sending" | Outcome;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly firstAttemptAt: string | null;
  readonly settledAt: string | null;
  readonly lineRequestId: string | null;
  /** LINE's, which have more digits than a number keeps. */
  readonly messageIds: readonly string[];
  /**
   * What they followed, in the order in which they first did. Null where people have no links of their own, where it is
   * no longer known, and of whoever was erased.
   */
  readonly clicks: readonly PersonClickView[] | null;
  /** The person asked to be forgotten: what happened is told, and not to whom. */
  readonly erased: boolean;
  /** What to do about an outcome that is unknown. */
  readonly advice: string | null;
  /** What LINE said against it where it refused, after the property that it names; at most 300 characters. */
  readonly detail: string | null;
}
