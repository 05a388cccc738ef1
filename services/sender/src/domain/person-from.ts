import type { Person } from "./decide.ts";

/** A profile as it is stored, as far as sending reads it. */
export interface ProfileFacts {
  readonly _id: string;
  readonly mergedInto: string | null;
  readonly mergedFrom: readonly string[];
  readonly absorbing?: readonly string[];
  readonly splitting?: readonly string[];
  readonly erasedAt?: Date | null;
  readonly suppression: object | null;
  readonly consents?: Person["consents"];
  readonly externalId?: string | null;
  readonly traits?: Readonly<Record<string, unknown>>;
  readonly lineAccounts: Person["accounts"];
}

/** A chain of merges is followed so far; identity keeps it to two. */
export const hopsMax = 8;

/**
 * Who a profile is now, from it and those it leads to. A merge is finished when the survivor names everybody on the way
 * to it, an undo when nothing is being split.
 */
export const personFrom = (
  known: ReadonlyMap<string, ProfileFacts>,
  id: string,
): Person | undefined => {
  const way: ProfileFacts[] = [];
  let row = known.get(id);
  while (row && row.mergedInto !== null && way.length < hopsMax) {
    way.push(row);
    row = known.get(row.mergedInto);
  }
  if (!row) return undefined;
  const absorbed = new Set(row.mergedFrom);
  return {
    profileId: row._id,
    family: [row._id, ...row.mergedFrom],
    unfinished:
      row.mergedInto !== null ||
      (row.absorbing ?? []).length > 0 ||
      (row.splitting ?? []).length > 0 ||
      way.some(({ _id }) => !absorbed.has(_id)),
    erased: [row, ...way].some(({ erasedAt }) => Boolean(erasedAt)),
    externalId: row.externalId ?? null,
    traits: row.traits ?? {},
    suppressed: Boolean(row.suppression),
    consents: row.consents ?? {},
    accounts: row.lineAccounts,
  };
};
