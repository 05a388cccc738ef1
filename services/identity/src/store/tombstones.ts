import type { Store } from "@yubin/store";

import type { PeopleStore } from "../domain/people-store.ts";

export interface PeopleStoreOptions {
  /** The ids under which a tombstone of an alias may stand: the first is written, all are read. */
  readonly tombstoneIds: (key: string) => readonly string[];
}

/** Names of people who were erased, found by a keyed hash alone. */
export const createTombstones = (
  { tombstones }: Store,
  tombstoneIds: PeopleStoreOptions["tombstoneIds"],
): Pick<PeopleStore, "findErased"> => ({
  findErased: async (workspaceId, keys) => {
    if (keys.length === 0) return new Map();
    const keyById = new Map(keys.flatMap((key) => tombstoneIds(key).map((id) => [id, key])));
    const rows = await tombstones
      .find({ _id: { $in: [...keyById.keys()] }, workspaceId })
      .toArray();
    return new Map(rows.map(({ _id, erasedAt }) => [keyById.get(_id) ?? "", erasedAt]));
  },
});
