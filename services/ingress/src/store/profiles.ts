import { createProfileReader, type ProfileRow, type Store } from "@yubin/store";

import type { Profile, Profiles } from "../domain/profile.ts";

export const createProfiles = (store: Store): Profiles => {
  const reader = createProfileReader(store);
  return {
    find: async (workspaceId, ref) => {
      const row = await reader.findProfile(workspaceId, ref);
      return row ? toProfile(row) : undefined;
    },
    list: async (workspaceId, { after, limit }) =>
      (
        await store.profiles
          .find({ workspaceId, _id: { $gt: after }, mergedInto: null, erasedAt: null })
          .sort({ _id: 1 })
          .limit(limit)
          .toArray()
      ).map(toProfile),
  };
};

const toProfile = (row: ProfileRow): Profile => ({
  id: row._id,
  externalId: row.externalId,
  traits: row.traits,
  consents: row.consents,
  suppression: row.suppression,
  lineAccounts: row.lineAccounts,
  mergedFrom: row.mergedFrom,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});
