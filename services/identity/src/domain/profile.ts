import type { FriendshipSource, FriendshipState, LinkProof } from "@yubin/types";

export interface Friendship {
  readonly state: FriendshipState;
  readonly at: Date;
  readonly eventId: string;
  /** Why the state is what it is; absent where it was learnt before this was kept. */
  readonly by?: FriendshipSource;
  /** When LINE, asked, last said the same. */
  readonly confirmedAt?: Date;
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

/** An event that was applied, with the profile whose name it was told under. */
export interface RecentFact {
  readonly eventRowId: string;
  readonly homeId: string;
  readonly at: Date;
}

/** A person as we know them. Values are never changed in place: a rule that changes nothing returns what it got. */
export interface Profile {
  readonly id: string;
  readonly workspaceId: string;
  /** Once set, it stays: another external id is another person, unless the two were merged. */
  readonly externalId: string | null;
  /** All that lead here: `externalId`, and after merges those of the absorbed. */
  readonly externalIds: readonly string[];
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
  /** Of a merged one: its external id is the one to show. */
  readonly lendsExternalId: boolean;
  /** Profiles that an undo told apart from this one: only people make one of them again. */
  readonly notSameAs: readonly string[];
  /** Merges by themselves within one hour since 1970, to tell a storm. */
  readonly mergeRate: { readonly hour: number; readonly merges: number } | null;
  /** Everybody absorbed, those of the absorbed included: the newest merge is at the end, loser first. */
  readonly mergedFrom: readonly string[];
  /** Merges that were decided about, whose loser is not absorbed yet. */
  readonly absorbing: readonly string[];
  /** Merges being undone that have taken their loser out of here and not yet given it its life back. */
  readonly splitting: readonly string[];
  /** Of a survivor: what was told of it in the last minutes, since an undo must not miss what is only just written. */
  readonly recentFacts: readonly RecentFact[];
  /** The erasure that is about to write down who they are: from here on nobody is taken out of them, or joins them. */
  readonly erasing: string | null;
  readonly erasedAt: Date | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const newProfile = (id: string, workspaceId: string, now: Date): Profile => ({
  id,
  workspaceId,
  externalId: null,
  externalIds: [],
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
  lendsExternalId: false,
  notSameAs: [],
  mergeRate: null,
  mergedFrom: [],
  absorbing: [],
  splitting: [],
  recentFacts: [],
  erasing: null,
  erasedAt: null,
  version: 1,
  createdAt: now,
  updatedAt: now,
});

/** The profile and everybody it absorbed. */
export const familyOf = ({ id, mergedFrom }: Pick<Profile, "id" | "mergedFrom">): string[] => [
  id,
  ...mergedFrom,
];

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
