import type { ProfileRow, Store } from "@yubin/store";
import { aliasKey, parseProfileRef } from "@yubin/types";

import { hopsMax, personFrom } from "../domain/person-from.ts";
import type { People, PersonKey } from "../domain/ports.ts";
import { findByIds } from "./find-by-ids.ts";

const address = {
  suppression: 1,
  consents: 1,
  lineAccounts: 1,
  mergedInto: 1,
  mergedFrom: 1,
  absorbing: 1,
  splitting: 1,
  erasedAt: 1,
} as const;
/** Of somebody who gets the same words as others only what time it is where they live. */
const alone = { ...address, "traits.timezone": 1 } as const;
const words = { ...address, externalId: 1, traits: 1 } as const;
type Row = Pick<ProfileRow, "_id" | keyof typeof address> &
  Partial<Pick<ProfileRow, keyof typeof words>>;

/** People as they are now, many in one read; merged ones as their survivors. */
export const createPeople = (store: Store): People => ({
  find: async (workspaceId, keys, need) => {
    const ids = await Promise.all(keys.map((key) => profileIdOf(store, workspaceId, key)));
    const projection = need === "words" ? words : alone;
    const known = new Map<string, Row>();
    let ask = ids.filter((id) => id !== undefined);
    for (let hop = 0; hop < hopsMax && ask.length > 0; hop += 1) {
      const rows = await findByIds<Row>(store, { workspaceId, ids: ask, projection });
      for (const row of rows) known.set(row._id, row);
      const into = rows.flatMap(({ mergedInto }) => mergedInto ?? []);
      ask = [...new Set(into)].filter((id) => !known.has(id));
    }
    return ids.map((id) => (id === undefined ? undefined : personFrom(known, id)));
  },
});

const profileIdOf = async (
  { aliases }: Store,
  workspaceId: string,
  { profileId, ref }: PersonKey,
): Promise<string | undefined> => {
  if (profileId !== undefined || ref === undefined) return profileId;
  const parsed = parseProfileRef(ref);
  if (parsed?.kind !== "alias") return parsed?.profileId;
  const alias = await aliases.findOne({ _id: aliasKey(workspaceId, parsed.alias), workspaceId });
  return alias?.profileId;
};
