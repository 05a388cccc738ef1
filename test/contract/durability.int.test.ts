import { startMongo } from "@yubin/servers";
import type { LocalServer } from "@yubin/servers";
import { createConnection } from "mongoose";
import type { mongo } from "mongoose";
import { describe, expect, inject, it, onTestFinished } from "vitest";

import { openStore, server, times } from "./open-store.ts";
import type { Row } from "./open-store.ts";

const writers = 8;
const writesBeforeKill = 100;
const kills = 3;

/** A server that was given by URL is not ours to kill. */
const killable = [inject("mongoSource")].filter((source) => source !== "url");

interface Counter extends Row {
  count: number;
}

describe(`store contract on ${server}: durability`, () => {
  const store = openStore();

  it("accepts the write concern of everything that is the truth", async () => {
    const rows = store.collection();
    const writeConcern = { w: "majority", j: true, wtimeoutMS: 5_000 } as const;
    const insert = await rows.insertOne({ _id: "a" }, { writeConcern });
    const update = await rows.updateOne({ _id: "a" }, { $set: { n: 1 } }, { writeConcern });
    expect([insert.acknowledged, update.acknowledged]).toEqual([true, true]);
  });

  it.each(killable)(
    "keeps every acknowledged write through kill -9 (%s)",
    async (source) => {
      const { own, rows } = await startOwnServer(source);
      const acknowledged: string[] = [];
      let increments = 0;

      for (const round of times(kills, (n) => n)) {
        const target = acknowledged.length + writesBeforeKill;
        const work = times(writers, (writer) =>
          writeUntilRefused(rows, {
            prefix: `${round}-${writer}`,
            onInsert: (id) => acknowledged.push(id),
            onIncrement: () => {
              increments += 1;
            },
          }),
        );
        await expect
          .poll(() => acknowledged.length, { timeout: 120_000, interval: 5 })
          .toBeGreaterThan(target);
        await own.kill9();
        await Promise.all(work);
        await own.restart();
      }

      const stored = await rows.find({ _id: { $ne: "counter" } }).toArray();
      const ids = new Set(stored.map(({ _id }) => _id));
      expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
      const counter = await rows.findOne({ _id: "counter" });
      // A write that was on its way at a kill may be there without an answer.
      expect(counter?.count).toBeGreaterThanOrEqual(increments);
      expect(counter?.count).toBeLessThanOrEqual(increments + writers * kills);
    },
    400_000,
  );
});

const startOwnServer = async (
  source: string,
): Promise<{ own: LocalServer; rows: mongo.Collection<Counter> }> => {
  const own = await startMongo({ env: { ...process.env, YUBIN_MONGODB_SOURCE: source } });
  onTestFinished(() => own.stop());
  const connection = await createConnection(own.url, {
    dbName: "durability",
    writeConcern: { w: "majority", j: true },
    retryWrites: false,
    serverSelectionTimeoutMS: 30_000,
  }).asPromise();
  onTestFinished(() => connection.close());
  return { own, rows: connection.collection<Counter>("rows") };
};

interface Writer {
  readonly prefix: string;
  readonly onInsert: (id: string) => void;
  readonly onIncrement: () => void;
}

/** Writes one after another, noting each that was acknowledged, until the server is gone. */
const writeUntilRefused = async (
  rows: mongo.Collection<Counter>,
  { prefix, onInsert, onIncrement }: Writer,
): Promise<void> => {
  try {
    for (let n = 0; ; n += 1) {
      const id = `${prefix}-${n}`;
      await rows.insertOne({ _id: id, count: n });
      onInsert(id);
      await rows.updateOne({ _id: "counter" }, { $inc: { count: 1 } }, { upsert: true });
      onIncrement();
    }
  } catch {
    // the kill
  }
};
