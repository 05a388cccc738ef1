import type { ProfileRow, Rows, Store } from "@yubin/store";
import { aliasKey, parseProfileRef } from "@yubin/types";

import type { AudienceReader } from "../domain/plan-people.ts";
import { createExclusions } from "./exclusions.ts";
import { createListReader } from "./list-pages.ts";
import { walkPeople } from "./walk-people.ts";

export const createAudience = (store: Store): AudienceReader => {
  const profiles = store.profiles;
  const aliases = store.aliases;
  const resolve: AudienceReader["resolve"] = async (workspaceId, refs) => {
    const parsed = refs.map((ref) => parseProfileRef(ref));
    const keys = parsed.flatMap((ref) =>
      ref?.kind === "alias" ? [aliasKey(workspaceId, ref.alias)] : [],
    );
    const known =
      keys.length === 0 ? [] : await aliases.find({ _id: { $in: keys }, workspaceId }).toArray();
    const byKey = new Map(known.map(({ _id, profileId }) => [_id, profileId]));
    const named = parsed.map((ref) =>
      ref?.kind === "alias" ? byKey.get(aliasKey(workspaceId, ref.alias)) : ref?.profileId,
    );
    return survivors(profiles, workspaceId, named);
  };
  return {
    walkPeople: (campaign, cursor) => walkPeople(store, campaign, cursor),
    resolve,
    excluded: createExclusions(store, resolve),
    ...createListReader(store),
  };
};

const hopsMax = 8;

/** Whom the ids lead to after merges; an id without a profile, or of somebody erased, leads nowhere. */
const survivors = async (
  profiles: Rows<ProfileRow>,
  workspaceId: string,
  ids: readonly (string | undefined)[],
): Promise<(string | undefined)[]> => {
  const into = new Map<string, string | null>();
  let ask = [...new Set(ids.filter((id) => id !== undefined))];
  for (let hop = 0; hop < hopsMax && ask.length > 0; hop += 1) {
    const rows = await profiles
      .find({ _id: { $in: ask }, workspaceId, erasedAt: null })
      .project<{ _id: string; mergedInto: string | null }>({ mergedInto: 1 })
      .toArray();
    for (const { _id, mergedInto } of rows) into.set(_id, mergedInto);
    ask = rows.flatMap(({ mergedInto }) =>
      mergedInto !== null && !into.has(mergedInto) ? [mergedInto] : [],
    );
  }
  const follow = (id: string | undefined, hops = 0): string | undefined => {
    const next = id === undefined ? undefined : into.get(id);
    if (next === undefined || hops > hopsMax) return undefined;
    return next === null ? id : follow(next, hops + 1);
  };
  return ids.map((id) => follow(id));
};
