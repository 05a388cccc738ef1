import type { FriendshipState, LinkProof } from "@yubin/types";

export interface Friendship {
  readonly state: FriendshipState;
  readonly at: Date;
  readonly eventId: string;
}

export interface LineAccount {
  readonly provider: string;
  readonly lineUserId: string;
  readonly displayName: string | null;
  readonly pictureUrl: string | null;
  readonly language: string | null;
  /** When LINE last answered who this is; null until then. */
  readonly fetchedAt: Date | null;
  readonly linkedAt: Date;
  readonly proof: { readonly kind: LinkProof["kind"]; readonly at: Date };
  /** By channel. */
  readonly friendship: Readonly<Record<string, Friendship>>;
}

export interface Consent {
  readonly granted: boolean;
  readonly at: Date;
  /** Through what it was given, in the caller's words. */
  readonly source: string;
}

/** A person as we know them. Values are never changed in place: a rule that changes nothing returns what it got. */
export interface Profile {
  readonly id: string;
  readonly workspaceId: string;
  /** Once set, it stays: another external id is another person. */
  readonly externalId: string | null;
  readonly traits: Readonly<Record<string, unknown>>;
  readonly traitTimes: Readonly<Record<string, Date>>;
  /** By purpose. */
  readonly consents: Readonly<Record<string, Consent>>;
  readonly suppression: { readonly at: Date; readonly reason: string } | null;
  /** When suppression was last set or lifted. */
  readonly suppressionAt: Date | null;
  readonly lineAccounts: readonly LineAccount[];
  /** The channels this person follows, derived from the accounts. */
  readonly friendOf: readonly string[];
  /** The channels this person has blocked, derived likewise. */
  readonly blockedOn: readonly string[];
  /** The survivor; a merged profile is never written to again, unless its merge is undone. */
  readonly mergedInto: string | null;
  readonly mergeId: string | null;
  /** Everybody absorbed, those of the absorbed included: the newest merge is at the end, loser first. */
  readonly mergedFrom: readonly string[];
  /** Merges being undone that have taken their loser out of here and not yet given it its life back. */
  readonly splitting: readonly string[];
  readonly erasedAt: Date | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const newProfile = (id: string, workspaceId: string, now: Date): Profile => ({
  id,
  workspaceId,
  externalId: null,
  traits: {},
  traitTimes: {},
  consents: {},
  suppression: null,
  suppressionAt: null,
  lineAccounts: [],
  friendOf: [],
  blockedOn: [],
  mergedInto: null,
  mergeId: null,
  mergedFrom: [],
  splitting: [],
  erasedAt: null,
  version: 1,
  createdAt: now,
  updatedAt: now,
});

/** What audiences and counts are read by: every channel that any of the accounts follows, or has blocked and none follows. */
export const reachOf = (
  accounts: readonly LineAccount[],
): { readonly friendOf: string[]; readonly blockedOn: string[] } => {
  const friendOf = channelsIn(accounts, "following");
  const blocked = channelsIn(accounts, "blocked");
  return { friendOf, blockedOn: blocked.filter((channelId) => !friendOf.includes(channelId)) };
};

const channelsIn = (accounts: readonly LineAccount[], wanted: FriendshipState): string[] => {
  const channels = accounts.flatMap(({ friendship }) =>
    Object.entries(friendship)
      .filter(([, { state }]) => state === wanted)
      .map(([channelId]) => channelId),
  );
  return [...new Set(channels)].sort();
};
