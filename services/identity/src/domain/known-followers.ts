import { aliasKey, lineAlias } from "@yubin/types";

import { findAccount } from "./link-account.ts";
import { liveOwner } from "./owner.ts";
import type { PeopleStore } from "./people-store.ts";
import type { LineAccount, Profile } from "./profile.ts";
import { readFamilies } from "./read-known.ts";

export interface ChannelOfProvider {
  readonly workspaceId: string;
  readonly channelId: string;
  readonly provider: string;
}

/** A person with the account by which they were asked for. */
export interface KnownFollower {
  readonly profile: Profile;
  readonly account: LineAccount;
}

type People = Pick<PeopleStore, "findAliases" | "findProfiles">;

/** Those of the LINE IDs that are somebody's here, by LINE ID. */
export const findKnown = async (
  people: People,
  { workspaceId, provider }: ChannelOfProvider,
  lineUserIds: readonly string[],
): Promise<ReadonlyMap<string, KnownFollower>> => {
  const keyOf = (lineUserId: string) => aliasKey(workspaceId, lineAlias(provider, lineUserId));
  const aliases = await people.findAliases(workspaceId, lineUserIds.map(keyOf));
  const homes = [...aliases.values()].map(({ homeId }) => homeId);
  const profiles = await readFamilies(people, workspaceId, homes);
  const known = new Map<string, KnownFollower>();
  for (const lineUserId of lineUserIds) {
    const homeId = aliases.get(keyOf(lineUserId))?.homeId;
    const profile = homeId === undefined ? undefined : liveOwner(profiles, homeId).profile;
    const account = profile && findAccount(profile.lineAccounts, { provider, lineUserId });
    if (account) known.set(lineUserId, { profile, account });
  }
  return known;
};

/** What listing somebody as of a time comes to: the same that applying it will. */
export const judgeListed = (
  known: KnownFollower | undefined,
  channelId: string,
  asOf: Date,
): "created" | "updated" | "unchanged" => {
  if (!known) return "created";
  const { friendship } = known.account;
  const told = Object.hasOwn(friendship, channelId) ? friendship[channelId] : undefined;
  return told && (told.state === "following" || told.at >= asOf) ? "unchanged" : "updated";
};
