import { aliasKey, type ProfileRef } from "@yubin/types";

import type { Store } from "./connect.ts";
import type { ProfileRow } from "./rows/profiles.ts";

/** Reading people, as every service does. Only identity writes them. */
export interface ProfileReader {
  /** The live profile behind a reference: merged ones lead to their survivor. */
  findProfile(workspaceId: string, ref: ProfileRef): Promise<ProfileRow | undefined>;
}

const hopsMax = 8;

export const createProfileReader = (store: Store): ProfileReader => {
  const findLive = async (
    workspaceId: string,
    profileId: string,
  ): Promise<ProfileRow | undefined> => {
    let id = profileId;
    for (let hop = 0; hop < hopsMax; hop += 1) {
      const row = await store.profiles.findOne({ _id: id, workspaceId });
      if (!row) return undefined;
      if (row.mergedInto === null) return row;
      id = row.mergedInto;
    }
    throw new Error("a merge chain is longer than it can be");
  };

  return {
    findProfile: async (workspaceId, ref) => {
      if (ref.kind === "profile") return findLive(workspaceId, ref.profileId);
      const key = aliasKey(workspaceId, ref.alias);
      const alias = await store.aliases.findOne({ _id: key, workspaceId });
      return alias ? findLive(workspaceId, alias.profileId) : undefined;
    },
  };
};
