import type { FriendshipSource, FriendshipState, LinkProof } from "@yubin/types";

import { defineRows, field } from "../define-rows.ts";

export interface Friendship {
  state: FriendshipState;
  at: Date;
  eventId: string;
  /** Why the state is what it is; rows of before lack it. */
  by?: FriendshipSource;
  /** When LINE, asked, last said the same: an older word does not win against it. */
  confirmedAt?: Date;
}

export interface LineAccount {
  provider: string;
  lineUserId: string;
  displayName: string | null;
  pictureUrl: string | null;
  language: string | null;
  /** When LINE last answered who this is, even if only that it does not say; null until then. */
  fetchedAt: Date | null;
  linkedAt: Date;
  proof: { kind: LinkProof["kind"]; at: Date };
  /** By channel: two accounts of one provider share the LINE ID, but each has its own friendship. */
  friendship: Record<string, Friendship>;
}

export interface Consent {
  granted: boolean;
  at: Date;
  source: string;
}

/** A person as we know them. Written by identity alone, each time by compare-and-set on `version`. */
export interface ProfileRow {
  _id: string;
  workspaceId: string;
  externalId: string | null;
  /** All that lead here: `externalId`, and after merges those of the absorbed. */
  externalIds?: string[];
  traits: Record<string, unknown>;
  /** When each trait was last set, so that a merge can let the newest win. */
  traitTimes: Record<string, Date>;
  /** By purpose. */
  consents: Record<string, Consent>;
  suppression: { at: Date; reason: string } | null;
  /** When suppression was last set or lifted, so that an older word does not win. */
  suppressionAt?: Date | null;
  lineAccounts: LineAccount[];
  /** The channels this person follows, derived from `lineAccounts` in the same write: what audiences are read by. */
  friendOf: string[];
  /** The channels this person has blocked, derived likewise. */
  blockedOn: string[];
  /** The survivor. What is left in a merged row is what the profile was, for undo; it is never written to. */
  mergedInto: string | null;
  /** The merge that set `mergedInto`. */
  mergeId?: string | null;
  /** In a merged row: its external id is the one to show, as whoever asked for the merge said. */
  lendsExternalId?: boolean;
  /** Profiles that an undo told apart from this one: only people make one of them again. */
  notSameAs?: string[];
  /** Merges by themselves within one hour since 1970, to tell a storm. */
  mergeRate?: { hour: number; merges: number } | null;
  /** Everybody absorbed, those of the absorbed included: the newest merge is at the end, loser first. */
  mergedFrom: string[];
  /** Merges whose loser is about to be absorbed: whoever meets one finishes it, or finds that it came to nothing. */
  absorbing?: string[];
  /** Merges whose undo took the loser out of here and has not given it its life back yet. */
  splitting?: string[];
  /** Of a survivor: what was told of it in the last minutes, and under whose name. */
  recentFacts?: { eventRowId: string; homeId: string; at: Date }[];
  /** The erasure that has begun with them: whoever meets one finishes it, and no undo takes anybody out of them. */
  erasing?: string | null;
  /** What is left of a person who was erased is this row without content, so that nothing can be written under its id. */
  erasedAt?: Date | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export const profileRows = defineRows<ProfileRow>({
  collection: "profiles",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    externalId: field.maybeText,
    externalIds: field.texts,
    traits: field.nested,
    traitTimes: field.nested,
    consents: field.nested,
    suppression: field.maybeNested,
    suppressionAt: field.maybeTime,
    lineAccounts: field.list,
    friendOf: field.texts,
    blockedOn: field.texts,
    mergedInto: field.maybeText,
    mergeId: field.maybeText,
    lendsExternalId: field.yes,
    notSameAs: field.texts,
    mergeRate: field.maybeNested,
    mergedFrom: field.texts,
    absorbing: field.texts,
    splitting: field.texts,
    recentFacts: field.list,
    erasing: field.maybeText,
    erasedAt: field.maybeTime,
    version: field.count,
    createdAt: field.time,
    updatedAt: field.time,
  },
  indexes: [
    { keys: { workspaceId: 1, friendOf: 1, _id: 1 } },
    { keys: { workspaceId: 1, blockedOn: 1, _id: 1 } },
    { keys: { workspaceId: 1, _id: 1 } },
  ],
});
