import { Schema, type Connection, type Model, type mongo, type SchemaDefinition } from "mongoose";

type IndexKeys = Record<string, 1 | -1>;

export interface IndexSpec {
  readonly keys: IndexKeys;
  readonly unique?: true;
  /** Rows vanish this many seconds after the time in the (single) indexed field. */
  readonly expireAfterSeconds?: number;
}

export interface RowsDefinition<Row> {
  readonly collection: string;
  readonly fields: { readonly [Field in keyof Row]: SchemaDefinition[string] };
  readonly indexes: readonly IndexSpec[];
}

/** One collection: its fields, checked by mongoose at the top level, and its indexes. */
export const defineRows = <Row extends { _id: string }>(
  definition: RowsDefinition<Row>,
): RowsDefinition<Row> => Object.freeze(definition);

/** The collection behind a definition on one connection. */
export const openRows = <Row extends { _id: string }>(
  connection: Connection,
  { collection, fields, indexes }: RowsDefinition<Row>,
): Model<Row> => {
  const schema = new Schema(fields as SchemaDefinition, {
    collection,
    strict: "throw",
    strictQuery: "throw",
    versionKey: false,
    autoIndex: false,
    autoCreate: false,
    minimize: false,
  });
  for (const { keys, ...options } of indexes) schema.index(keys, options);
  return connection.model(collection, schema) as unknown as Model<Row>;
};

/**
 * The driver's collection behind a model, typed: for hot paths and bulk writes, where the rows were made by our own
 * code and mongoose's casting would cost more than the write.
 */
export const bare = <Row extends { _id: string }>(model: Model<Row>): mongo.Collection<Row> =>
  model.collection as unknown as mongo.Collection<Row>;

/** Field types, short: nested values are typed by TypeScript and checked by whoever makes them. */
export const field = {
  id: { type: String, required: true },
  text: { type: String, required: true },
  /** Present, possibly null. */
  maybeText: { type: String, default: null },
  count: { type: Number, default: 0 },
  yes: { type: Boolean, default: false },
  time: { type: Date, required: true },
  maybeTime: { type: Date, default: null },
  nested: { type: Schema.Types.Mixed, required: true },
  maybeNested: { type: Schema.Types.Mixed, default: null },
  list: { type: [Schema.Types.Mixed], required: true },
  texts: { type: [String], required: true },
} as const;
