import { Schema, type Connection, type mongo, type SchemaDefinition } from "mongoose";

type IndexKeys = Record<string, 1 | -1>;

export interface IndexSpec {
  readonly keys: IndexKeys;
  readonly unique?: true;
  /** Rows without the field are not in it, and cost nothing. */
  readonly sparse?: true;
  /** Rows vanish this many seconds after the time in the (single) indexed field. */
  readonly expireAfterSeconds?: number;
}

export interface RowsDefinition<Row> {
  readonly collection: string;
  readonly fields: { readonly [Field in keyof Row]: SchemaDefinition[string] };
  readonly indexes: readonly IndexSpec[];
}

/** One collection: its fields and its indexes. */
export const defineRows = <Row extends { _id: string }>(
  definition: RowsDefinition<Row>,
): RowsDefinition<Row> => Object.freeze(definition);

/** A collection, typed by its rows: the driver's own, as what is written was made by our own code. */
export type Rows<Row extends { _id: string }> = mongo.Collection<Row>;

/** Makes the model of a definition on one connection, which knows the indexes, and hands out its collection. */
export const openRows = <Row extends { _id: string }>(
  connection: Connection,
  { collection, fields, indexes }: RowsDefinition<Row>,
): Rows<Row> => {
  // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- relating the types takes the checker 30 s
  const schema: Schema = new Schema(fields as never, {
    collection,
    versionKey: false,
    autoIndex: false,
    autoCreate: false,
  }) as never;
  for (const { keys, ...options } of indexes) schema.index(keys, options);
  return (connection as unknown as ModelMaker).model(collection, schema)
    .collection as mongo.Collection<Row>;
};

/** What is used of mongoose's `Connection.model`, whose own types cost the checker half a minute. */
interface ModelMaker {
  model(name: string, schema: object): { readonly collection: unknown };
}

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
