import {
  listingOf,
  type Backfill,
  type BackfillChange,
  type Backfills,
  type ListingFacts,
} from "./backfill.ts";
import { findKnown, judgeListed } from "./known-followers.ts";
import { newFact } from "./listing-fact.ts";
import type { PeopleStore } from "./people-store.ts";
import type { FollowersRead } from "./read-followers.ts";
import { stillHeld } from "./while-held.ts";

export interface TakeFollowersDeps {
  readonly backfills: Backfills;
  readonly facts: ListingFacts;
  readonly people: Pick<PeopleStore, "findAliases" | "findProfiles">;
  readonly providerOf: (workspaceId: string, channelId: string) => Promise<string | undefined>;
  /** Hands stored events over to be applied; best effort, the sweeper finds them anyway. */
  readonly apply: (workspaceId: string, eventIds: readonly string[]) => Promise<void>;
  readonly now: () => Date;
  /** For crash tests: called before every effect. */
  readonly step?: (name: string) => void | Promise<void>;
}

/** Takes in what LINE answered, and then keeps the place from which the listing goes on. */
export const takeFollowers = async (
  deps: TakeFollowersDeps,
  backfill: Backfill,
  read: FollowersRead,
): Promise<Backfill> => {
  switch (read.kind) {
    case "page":
      return takePage(deps, backfill, read);
    case "again":
      return saveBackfill(deps, backfill, {
        place: read.next,
        ...(backfill.dryRun ? { found: 0, created: 0, updated: 0, unchanged: 0 } : {}),
      });
    case "failed":
      return saveBackfill(deps, backfill, { state: "failed", reason: read.reason });
    case "later":
      return saveBackfill(deps, backfill, { reason: read.reason, tries: backfill.tries + 1 });
    default:
      throw new Error(`no such answer: ${String(read satisfies never)}`);
  }
};

const takePage = async (
  deps: TakeFollowersDeps,
  backfill: Backfill,
  page: Extract<FollowersRead, { kind: "page" }>,
): Promise<Backfill> => {
  const counts = backfill.dryRun
    ? await wouldBe(deps, backfill, page)
    : { found: await storePage(deps, backfill, page) };
  if (!counts) return saveBackfill(deps, backfill, { state: "failed", reason: "channel_unknown" });
  return saveBackfill(deps, backfill, {
    ...counts,
    place: page.next,
    listed: page.isLast,
    tries: 0,
    reason: null,
  });
};

const storePage = async (
  deps: TakeFollowersDeps,
  backfill: Backfill,
  { lineUserIds, asOf }: Extract<FollowersRead, { kind: "page" }>,
): Promise<number> => {
  const now = deps.now();
  const facts = lineUserIds.map((lineUserId) =>
    newFact(listingOf(backfill), { type: "followerFound", lineUserId, asOf }, now),
  );
  await deps.step?.("insert");
  await deps.facts.insert(facts);
  await deps.step?.("enqueue");
  await deps.apply(
    backfill.workspaceId,
    facts.map(({ id }) => id),
  );
  return backfill.found + facts.length;
};

/** Undefined for a channel that is not connected any more. */
const wouldBe = async (
  { people, providerOf }: TakeFollowersDeps,
  backfill: Backfill,
  { lineUserIds, asOf }: Extract<FollowersRead, { kind: "page" }>,
) => {
  const { workspaceId, channelId } = backfill;
  const provider = await providerOf(workspaceId, channelId);
  if (provider === undefined) return undefined;
  const known = await findKnown(people, { workspaceId, channelId, provider }, lineUserIds);
  const counts = {
    found: backfill.found + lineUserIds.length,
    created: backfill.created,
    updated: backfill.updated,
    unchanged: backfill.unchanged,
  };
  for (const lineUserId of lineUserIds)
    counts[judgeListed(known.get(lineUserId), channelId, asOf)] += 1;
  return counts;
};

/** A change of the backfill, as long as it is ours. */
export const saveBackfill = async (
  { backfills, now, step }: TakeFollowersDeps,
  backfill: Backfill,
  change: BackfillChange,
): Promise<Backfill> => {
  await step?.("save");
  const saved = stillHeld(await backfills.save(backfill, change, now()));
  await step?.("saved");
  return saved;
};
