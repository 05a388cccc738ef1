import { isDuplicateKey } from "./store-failure.ts";

/**
 * An upsert that two may do at once: both look for a row that is not there, and the second to make it is told that the
 * key is taken, or, by some servers, of no row at all. At the second try the row is there.
 */
export const upserting = async <Value>(upsert: () => Promise<Value>): Promise<Value> => {
  try {
    const made = await upsert();
    if (made !== null) return made;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  return upsert();
};
