import { insertResults, type Rows } from "@yubin/store";
import type { mongo } from "mongoose";

/** Inserts what is not there yet and says whether all of it was new; a refusal of any row is thrown. */
export const insertUnordered = async <Row extends { _id: string }>(
  collection: Rows<Row>,
  rows: readonly Row[],
): Promise<boolean> => {
  if (rows.length === 0) return true;
  const documents = rows as mongo.OptionalUnlessRequiredId<Row>[];
  const results = await insertResults(rows.length, () =>
    collection.insertMany(documents, { ordered: false }),
  );
  const refused = results.find((result) => typeof result === "object");
  if (refused) throw refused.error;
  return results.every((result) => result === "inserted");
};
