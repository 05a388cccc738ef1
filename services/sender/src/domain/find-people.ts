import type { Batch } from "./batch.ts";
import type { Person } from "./decide.ts";
import type { People } from "./ports.ts";

/** A recipient of a batch, by index, and who that is now. */
export interface FoundPerson {
  readonly index: number;
  readonly person: Person | undefined;
}

/** Who recipients of a batch are now; with traits where each gets words of their own, unless `need` says otherwise. */
export const findPeople = async (
  { people }: { readonly people: People },
  { workspaceId, recipients, method }: Batch,
  indexes: readonly number[],
  need: "words" | "address" = method === "push" ? "words" : "address",
): Promise<FoundPerson[]> => {
  const keys = indexes.map((index) => recipients[index] ?? {});
  const found = await people.find(workspaceId, keys, need);
  return indexes.map((index, place) => ({ index, person: found[place] }));
};
