import { canonicalLineId, withLineId } from "@yubin/types";
import type {
  FriendshipSource,
  FriendshipState,
  LinkProof,
  ProfileRef,
  ProfileView,
} from "@yubin/types";

import type { PeopleFilter } from "./people-filter.ts";

/** A person as identity keeps them. Read here, never written. */
export interface Profile {
  readonly id: string;
  readonly externalId: string | null;
  readonly traits: Readonly<Record<string, unknown>>;
  readonly consents: Readonly<
    Record<string, { readonly granted: boolean; readonly at: Date; readonly source: string }>
  >;
  readonly suppression: { readonly at: Date; readonly reason: string } | null;
  readonly lineAccounts: readonly LineAccount[];
  readonly mergedFrom: readonly string[];
  readonly erasedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface LineAccount {
  readonly provider: string;
  readonly lineUserId: string;
  readonly displayName: string | null;
  readonly linkedAt: Date;
  readonly proof: { readonly kind: LinkProof["kind"]; readonly at: Date };
  readonly friendship: Readonly<
    Record<
      string,
      {
        readonly state: FriendshipState;
        readonly at: Date;
        readonly eventId: string;
        readonly by?: FriendshipSource;
        readonly confirmedAt?: Date;
      }
    >
  >;
}

/** Whom a command is about: the profile that a name belongs to, even while that is merged into another. */
export interface HomeProfile {
  readonly profileId: string;
  /** The person asked to be forgotten. */
  readonly isErased: boolean;
}

export interface SearchPage {
  readonly after: string;
  readonly limit: number;
  /** When to answer with what was found so far. */
  readonly isTimeUp: () => boolean;
}

export interface ProfilesFound {
  readonly profiles: readonly Profile[];
  /** The id after which to look on; undefined at the end. */
  readonly next: string | undefined;
}

export interface Profiles {
  /** The living person behind a reference: an old id leads to the survivor of a merge. */
  find(workspaceId: string, ref: ProfileRef): Promise<Profile | undefined>;
  home(workspaceId: string, ref: ProfileRef): Promise<HomeProfile | undefined>;
  search(workspaceId: string, filter: PeopleFilter, page: SearchPage): Promise<ProfilesFound>;
}

export const profileView = (profile: Profile): ProfileView => ({
  id: profile.id,
  externalId: profile.externalId,
  traits: withLineId(profile.traits, onlyLineId(profile.lineAccounts)),
  lineId: canonicalLineIds(profile.lineAccounts),
  lineAccounts: profile.lineAccounts.map(accountView),
  consents: Object.fromEntries(
    Object.entries(profile.consents).map(([purpose, { granted, at, source }]) => [
      purpose,
      { granted, at: at.toISOString(), source },
    ]),
  ),
  suppressed: profile.suppression !== null,
  suppression: profile.suppression && {
    at: profile.suppression.at.toISOString(),
    reason: profile.suppression.reason,
  },
  mergedFrom: profile.mergedFrom,
  createdAt: profile.createdAt.toISOString(),
  updatedAt: profile.updatedAt.toISOString(),
});

const canonicalLineIds = (accounts: readonly LineAccount[]): Record<string, string> => {
  const ids: Record<string, string> = {};
  for (const { provider } of accounts) {
    const lineUserId = canonicalLineId(accounts, provider);
    if (lineUserId !== undefined) ids[provider] = lineUserId;
  }
  return ids;
};

const onlyLineId = (accounts: readonly LineAccount[]): string | undefined => {
  const [first, ...others] = Object.values(canonicalLineIds(accounts));
  return others.length === 0 ? first : undefined;
};

const accountView = (account: LineAccount): ProfileView["lineAccounts"][number] => ({
  provider: account.provider,
  lineUserId: account.lineUserId,
  displayName: account.displayName,
  linkedAt: account.linkedAt.toISOString(),
  proof: { kind: account.proof.kind, at: account.proof.at.toISOString() },
  friendship: Object.fromEntries(
    Object.entries(account.friendship).map(
      ([channelId, { state, at, eventId, by, confirmedAt }]) => [
        channelId,
        {
          state,
          at: at.toISOString(),
          eventId,
          ...(by === undefined ? {} : { by }),
          ...(confirmedAt === undefined ? {} : { confirmedAt: confirmedAt.toISOString() }),
        },
      ],
    ),
  ),
});
