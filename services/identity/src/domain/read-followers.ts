import { Failure } from "@yubin/errors";

/** Where a listing is. */
export interface ListingPlace {
  /** How often it was started, from 1. */
  readonly pass: number;
  /** As of when those listed follow; null before the first page. */
  readonly asOf: Date | null;
  /** LINE's token of the next page, and since when we have it. */
  readonly start: string | null;
  readonly startAt: Date | null;
  readonly pages: number;
}

export type FollowersRead =
  | {
      readonly kind: "page";
      readonly lineUserIds: readonly string[];
      readonly asOf: Date;
      readonly next: ListingPlace;
      readonly isLast: boolean;
    }
  /** LINE has forgotten the place: everything is listed once more. */
  | { readonly kind: "again"; readonly next: ListingPlace }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "later"; readonly reason: string; readonly afterMs: number };

export interface ReadFollowersDeps {
  /** Fails with a `line.…` code. */
  readonly askFollowers: (
    channel: { readonly workspaceId: string; readonly channelId: string },
    start: string | null,
  ) => Promise<{ readonly userIds: readonly string[]; readonly next?: string }>;
  readonly now: () => Date;
}

/** LINE's tokens live for 24 h; one that may end on the way is not used. */
const startAgeMaxMs = 23 * 3_600_000;
/** A listing that LINE has forgotten so often would never come to its end. */
const passesMax = 5;
/** A hundred million followers, in full pages; more is a list that goes round in circles. */
const pagesMax = 100_000;
/** Our clock may be ahead of LINE's: whoever leaves right after the listing began must not seem to have left before. */
const clockSkewMs = 10_000;

/** As of when an answer of LINE's holds that was asked for now. */
export const asOfNow = (now: Date): Date => new Date(now.getTime() - clockSkewMs);

/** Asks LINE for the next page of a channel's followers, and tells how to go on whatever LINE answers. */
export const readFollowers = async (
  { askFollowers, now }: ReadFollowersDeps,
  channel: { readonly workspaceId: string; readonly channelId: string },
  { place, tries }: { readonly place: ListingPlace; readonly tries: number },
): Promise<FollowersRead> => {
  const askedAt = now();
  const { start, startAt } = place;
  if (start !== null && startAt && askedAt.getTime() - startAt.getTime() > startAgeMaxMs)
    return again(place);
  if (place.pages >= pagesMax) return { kind: "failed", reason: "listing_endless" };
  try {
    const { userIds, next } = await askFollowers(channel, start);
    if (next !== undefined && next === start) return { kind: "failed", reason: "listing_endless" };
    const asOf = place.asOf ?? asOfNow(askedAt);
    return {
      kind: "page",
      lineUserIds: [...new Set(userIds)],
      asOf,
      isLast: next === undefined,
      next: { ...place, asOf, start: next ?? null, startAt: askedAt, pages: place.pages + 1 },
    };
  } catch (error) {
    if (!(error instanceof Failure) || !isLines(error)) throw error;
    if (error.code === "line.refused" && start !== null) return again(place);
    if (error.retry === "never") return { kind: "failed", reason: error.code };
    return { kind: "later", reason: error.code, afterMs: pauseOf(error, tries) };
  }
};

const again = (place: ListingPlace): FollowersRead =>
  place.pass >= passesMax
    ? { kind: "failed", reason: "listing_expired" }
    : {
        kind: "again",
        next: { ...place, pass: place.pass + 1, asOf: null, start: null, startAt: null },
      };

/** Whether LINE, or what we ask it with, is at fault. */
export const isLines = ({ code }: Failure): boolean =>
  code.startsWith("line.") || code === "token_invalid" || code === "secret_invalid";

const firstPauseMs = 1_000;
const pauseMaxMs = 60_000;

/** Grows with each try, and is never shorter than LINE asks for. */
export const pauseOf = ({ retryAfterMs = 0 }: Failure, tries: number): number =>
  Math.max(retryAfterMs, Math.min(firstPauseMs * 2 ** Math.min(tries, 10), pauseMaxMs));
