import mongoose from "mongoose";

const { MongoBulkWriteError } = mongoose.mongo;

/** What became of one document of an unordered insert. */
export type InsertResult = "inserted" | "duplicate" | { readonly error: unknown };

/**
 * Runs an unordered insert of `count` documents and tells of each. Rejects where the whole write is in doubt: no
 * answer, or one that was not acknowledged as asked.
 */
export const insertResults = async (
  count: number,
  insert: () => Promise<unknown>,
): Promise<InsertResult[]> => {
  const results = Array.from({ length: count }, (): InsertResult => "inserted");
  try {
    await insert();
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const failures = [error.writeErrors].flat();
    if (failures.length === 0 || error.result.getWriteConcernError()) throw error;
    for (const failure of failures) {
      results[failure.index] = failure.code === 11_000 ? "duplicate" : { error: failure };
    }
  }
  return results;
};
