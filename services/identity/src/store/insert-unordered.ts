import { bare } from "@yubin/store";
import mongoose, { type Model, type mongo } from "mongoose";

const { MongoBulkWriteError } = mongoose.mongo;
const duplicateKey = 11_000;

/** Inserts what is not there yet and says how many rows were there already; any other refusal is thrown. */
export const insertUnordered = async <Row extends { _id: string }>(
  model: Model<Row>,
  rows: readonly Row[],
): Promise<number> => {
  if (rows.length === 0) return 0;
  try {
    await bare(model).insertMany(rows as mongo.OptionalUnlessRequiredId<Row>[], { ordered: false });
    return 0;
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError()) throw error;
    const refused = [error.writeErrors].flat();
    if (refused.some(({ code }) => code !== duplicateKey)) throw error;
    return refused.length;
  }
};
