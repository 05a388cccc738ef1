import { testServers } from "@yubin/servers/testing";
import { createConnection, mongo } from "mongoose";
import type { Connection } from "mongoose";
import { afterAll, beforeAll, inject } from "vitest";

/** Heads every topic: a result is worth nothing without the server it was got on. */
export const server = inject("mongoName");

/** What all rows of ours share. */
export interface Row {
  _id: string;
}

/** Opens a connection as our services do, and hands out empty collections. */
export const openStore = () => {
  const { mongoUrl } = testServers();
  let connection: Connection | undefined;
  let count = 0;

  beforeAll(async () => {
    connection = await createConnection(mongoUrl, {
      writeConcern: { w: "majority", j: true },
      autoIndex: false,
      autoCreate: false,
    }).asPromise();
  });
  afterAll(() => connection?.close());

  const opened = (): Connection => {
    if (!connection) throw new Error("the connection opens in beforeAll");
    return connection;
  };
  return {
    connection: opened,
    /** A collection that no other case uses. */
    collection: <T extends Row = Row & mongo.Document>(): mongo.Collection<T> => {
      count += 1;
      return opened().collection<T>(`rows${count}`);
    },
  };
};

/** `[0, 1, … count - 1]` mapped, for rows and for contenders. */
export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** The code of a refused write; 11000 alone is what tells a duplicate on every server. */
export const errorCode = async (write: Promise<unknown>): Promise<number | undefined> => {
  try {
    await write;
    return undefined;
  } catch (error) {
    if (error instanceof mongo.MongoError && typeof error.code === "number") return error.code;
    throw error;
  }
};
