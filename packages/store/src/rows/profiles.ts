import type { FriendshipState, LinkProof } from "@yubin/types";

import { defineRows, field } from "../define-rows.ts";

export interface Friendship {
  state: FriendshipState;
  at: Date;
  eventId: string;
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

/** A person as we know them. Written by identity alone, each time by compare-and-set on `version`. */
export interface ProfileRow {
  _id: string;
  workspaceId: string;
  externalId: string | null;
  traits: Record<string, unknown>;
  /** When each trait was last set, so that a merge can let the newest win. */
  traitTimes: Record<string, Date>;
  consents: Record<string, unknown>;
  suppression: { at: Date; reason: string } | null;
  lineAccounts: LineAccount[];
  /** The channels this person follows, derived from `lineAccounts` in the same write: what audiences are read by. */
  friendOf: string[];
  /** The channels this person has blocked, derived likewise. */
  blockedOn: string[];
  mergedInto: string | null;
  mergedFrom: string[];
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
    traits: field.nested,
    traitTimes: field.nested,
    consents: field.nested,
    suppression: field.maybeNested,
    lineAccounts: field.list,
    friendOf: field.texts,
    blockedOn: field.texts,
    mergedInto: field.maybeText,
    mergedFrom: field.texts,
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
