import { MongoClient } from "mongodb";

import type { ServerGreeting } from "../local-server.ts";

const timeoutMs = 3_000;

/** Resolves once the server takes writes. */
export const greetMongo = async (url: string): Promise<ServerGreeting> => {
  const client = new MongoClient(url, {
    serverSelectionTimeoutMS: timeoutMs,
    connectTimeoutMS: timeoutMs,
    socketTimeoutMS: timeoutMs,
    appName: "yubin-servers",
  });
  try {
    const admin = client.db("admin");
    const hello = await admin.command({ hello: 1 });
    if (hello["isWritablePrimary"] !== true) throw new Error("it does not take writes");
    const { version } = await admin.command({ buildInfo: 1 });
    return { name: "MongoDB", version: String(version) };
  } finally {
    await client.close();
  }
};
