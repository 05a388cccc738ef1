import { Failure } from "@yubin/errors";

import type { NameWanted } from "./fetch-name.ts";
import type { InboxEvent } from "./inbox-event.ts";
import { newFact } from "./listing-fact.ts";
import type { Pace } from "./pace.ts";
import type { LineAccount, Profile } from "./profile.ts";
import { asOfNow, isLines, pauseOf } from "./read-followers.ts";
import {
  runOf,
  type Reconciliation,
  type ReconciliationChange,
  type Reconciliations,
} from "./reconciliation.ts";
import type { LineName } from "./set-name.ts";

export interface CheckPeopleDeps {
  readonly reconciliations: Pick<Reconciliations, "findFollowing" | "findListed">;
  readonly providerOf: (workspaceId: string, channelId: string) => Promise<string | undefined>;
  /** Undefined for whoever is no friend. Fails with a `line.…` code. */
  readonly askLine: (wanted: Omit<NameWanted, "profileId">) => Promise<LineName>;
  readonly pace: Pace;
  /** Profiles asked of LINE in a run. */
  readonly askedMax: number;
  /** Stores events and hands them over to be applied. */
  readonly tell: (workspaceId: string, facts: readonly InboxEvent[]) => Promise<void>;
  readonly now: () => Date;
  /** For crash tests: called before every effect. */
  readonly step?: (name: string) => void | Promise<void>;
}

export interface PeopleChecked {
  readonly change: ReconciliationChange;
  /** LINE cannot answer now: not before so long. */
  readonly afterMs?: number;
}

const pageSize = 50;

/**
 * Looks at the next people who follow here. Whoever LINE did not list may only have withdrawn their consent, so it is
 * their profile that decides: LINE has none of somebody who is no friend.
 */
export const checkPeople = async (
  deps: CheckPeopleDeps,
  row: Reconciliation,
  signal: AbortSignal,
): Promise<PeopleChecked> => {
  const provider = await deps.providerOf(row.workspaceId, row.id);
  if (provider === undefined) return { change: { phase: "settling", reason: "channel_unknown" } };
  const page = await deps.reconciliations.findFollowing(row, row.checkedAfter, pageSize);
  const suspects = await suspectsAmong(deps, row, accountsOf(page, row, provider));
  const progress = { checkedAfter: row.checkedAfter, checked: row.checked, asked: row.asked };
  for (const profile of page) {
    for (const account of suspects.get(profile.id) ?? []) {
      if (progress.asked >= deps.askedMax) return { change: { ...progress, phase: "settling" } };
      await deps.pace(signal);
      const failed = await lookUp(deps, row, account);
      if (failed?.retry === "never")
        return { change: { ...progress, phase: "settling", reason: failed.code } };
      if (failed)
        return {
          change: { ...progress, reason: failed.code, tries: row.tries + 1 },
          afterMs: pauseOf(failed, row.tries),
        };
      progress.asked += 1;
    }
    progress.checkedAfter = profile.id;
    progress.checked += 1;
  }
  const change = { ...progress, tries: 0, reason: null };
  return {
    change: page.length < pageSize ? { ...change, checkedAfter: "", phase: "settling" } : change,
  };
};

interface Suspect {
  readonly profileId: string;
  readonly account: LineAccount;
}

/** Accounts that follow here; of a run by list those that did so before LINE was asked. */
const accountsOf = (
  page: readonly Profile[],
  { id: channelId, how, place }: Reconciliation,
  provider: string,
): Suspect[] =>
  page.flatMap((profile) =>
    profile.lineAccounts.flatMap((account) => {
      const told = account.provider === provider ? account.friendship[channelId] : undefined;
      if (told?.state !== "following") return [];
      const since = told.confirmedAt ?? told.at;
      if (how === "list" && (!place.asOf || since >= place.asOf)) return [];
      return [{ profileId: profile.id, account }];
    }),
  );

const suspectsAmong = async (
  { reconciliations }: CheckPeopleDeps,
  row: Reconciliation,
  accounts: readonly Suspect[],
): Promise<ReadonlyMap<string, LineAccount[]>> => {
  const ids = accounts.map(({ account }) => account.lineUserId);
  const listed = row.how === "list" ? await reconciliations.findListed(row, ids) : new Set();
  const suspects = new Map<string, LineAccount[]>();
  for (const { profileId, account } of accounts)
    if (!listed.has(account.lineUserId))
      suspects.set(profileId, [...(suspects.get(profileId) ?? []), account]);
  return suspects;
};

/** Tells of an unfollow where LINE has no profile. A profile says no more than that nothing speaks against it. */
const lookUp = async (
  deps: CheckPeopleDeps,
  row: Reconciliation,
  { lineUserId }: LineAccount,
): Promise<Failure | undefined> => {
  const { workspaceId, id: channelId } = row;
  const askedAt = deps.now();
  await deps.step?.("ask");
  try {
    if (await deps.askLine({ workspaceId, channelId, lineUserId })) return undefined;
  } catch (error) {
    if (error instanceof Failure && error.code === "line.refused") return undefined;
    if (error instanceof Failure && isLines(error)) return error;
    throw error;
  }
  const asOf = (row.how === "list" ? row.place.asOf : null) ?? asOfNow(askedAt);
  const fact = newFact(runOf(row), { type: "followerMissing", lineUserId, asOf }, deps.now());
  await deps.step?.("tell");
  await deps.tell(workspaceId, [fact]);
  return undefined;
};
