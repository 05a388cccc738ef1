import type { ProfileRow, Rows, Store } from "@yubin/store";
import { aliasKey, parseProfileRef } from "@yubin/types";

import type { PlanDeps } from "../domain/plan-campaign.ts";

/** Ids that one answer of the server holds. */
const walkBatchSize = 2_000;

export const createAudience = (store: Store): PlanDeps["audience"] => {
  const profiles = store.profiles;
  const aliases = store.aliases;
  return {
    walkFriends: ({ workspaceId, channelId }, cursor) => {
      const rows = profiles
        .find({
          workspaceId,
          friendOf: channelId,
          _id: { $gt: cursor ?? "" },
          mergedInto: null,
          erasedAt: null,
        })
        .project<{ _id: string }>({ _id: 1 })
        .sort({ _id: 1 })
        .batchSize(walkBatchSize);
      return {
        next: async (count) => {
          const ids: string[] = [];
          while (ids.length < count) {
            const row = await rows.next();
            if (!row) break;
            ids.push(row._id);
          }
          return ids;
        },
        [Symbol.asyncDispose]: () => rows.close(),
      };
    },
    resolve: async (workspaceId, refs) => {
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
    },
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
