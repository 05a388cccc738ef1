import { createProfileReader, type ProfileRow, type Store } from "@yubin/store";
import { aliasKey, type ProfileRef } from "@yubin/types";

import type { Profile, Profiles } from "../domain/profile.ts";
import { createProfileSearch } from "./profile-search.ts";

export const createProfiles = (store: Store): Profiles => {
  const reader = createProfileReader(store);
  const search = createProfileSearch(store);
  return {
    find: async (workspaceId, ref) => {
      const row = await reader.findProfile(workspaceId, ref);
      return row ? toProfile(row) : undefined;
    },
    home: async (workspaceId, ref) => {
      const profileId = await homeIdOf(store, workspaceId, ref);
      const row = await reader.findProfile(workspaceId, { kind: "profile", profileId });
      return row ? { profileId, isErased: (row.erasedAt ?? null) !== null } : undefined;
    },
    search: async (workspaceId, filter, page) => {
      const { rows, next } = await search(workspaceId, filter, page);
      return { profiles: rows.map(toProfile), next };
    },
  };
};

const homeIdOf = async (
  { aliases }: Store,
  workspaceId: string,
  ref: ProfileRef,
): Promise<string> => {
  if (ref.kind === "profile") return ref.profileId;
  const key = aliasKey(workspaceId, ref.alias);
  const alias = await aliases.findOne({ _id: key, workspaceId }, { projection: { profileId: 1 } });
  return alias?.profileId ?? "";
};

const toProfile = (row: ProfileRow): Profile => ({
  id: row._id,
  externalId: row.externalId,
  traits: row.traits,
  consents: row.consents,
  suppression: row.suppression,
  lineAccounts: row.lineAccounts,
  mergedFrom: row.mergedFrom,
  erasedAt: row.erasedAt ?? null,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});
