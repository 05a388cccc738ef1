import { randomUUID } from "node:crypto";
import type { BackfillRow, Store } from "@yubin/store";

import type { Backfill, BackfillChange, Backfills } from "../domain/backfill.ts";
import { claimMs, type Held } from "../domain/while-held.ts";
import { failingAsStore } from "./as-store-failure.ts";

/** Imports of followers; every write of a worker holds only while the row is its own and in the state it knows. */
export const createBackfills = ({ backfills }: Store): Backfills =>
  failingAsStore({
    claim: async (workspaceId: string, id: string, now: Date) => {
      const row = await backfills.findOneAndUpdate(
        { _id: id, workspaceId, nextAt: { $ne: null }, claimedUntil: { $lte: now } },
        { $set: { claim: randomUUID(), ...claimedFrom(now) } },
        { returnDocument: "after" },
      );
      return row ? toBackfill(row) : undefined;
    },
    renew: async (held: Backfill, now: Date) => {
      const done = await backfills.updateOne(ours(held), { $set: claimedFrom(now) });
      return done.matchedCount === 1;
    },
    save: async (held: Backfill, change: BackfillChange, now: Date) => {
      const row = await backfills.findOneAndUpdate(
        ours(held),
        { $set: { ...claimedFrom(now), ...rowPart(held, change, now) } },
        { returnDocument: "after" },
      );
      return row ? toBackfill(row) : undefined;
    },
    // Also of one that was cancelled meanwhile: its last count is due.
    release: async ({ id, workspaceId, claim }: Held, nextAt: Date) => {
      await backfills.updateOne(
        { _id: id, workspaceId, claim, nextAt: { $ne: null } },
        { $set: { claimedUntil: new Date(0), nextAt } },
      );
    },
  });

const ours = ({ id, workspaceId, claim, state }: Backfill) => ({
  _id: id,
  workspaceId,
  claim,
  state,
});

const claimedFrom = (now: Date) => {
  const until = new Date(now.getTime() + claimMs);
  return { claimedUntil: until, nextAt: until };
};

const rowPart = (
  held: Backfill,
  { place, settledAt, ...change }: BackfillChange,
  now: Date,
): Partial<BackfillRow> => ({
  ...change,
  ...(place
    ? {
        pass: place.pass,
        passStartedAt: place.asOf,
        start: place.start,
        startAt: place.startAt,
        pages: place.pages,
      }
    : {}),
  ...(held.state === "running" && change.state !== undefined && change.state !== "running"
    ? { endedAt: now }
    : {}),
  ...(settledAt ? { nextAt: null, namesAfter: held.dryRun ? null : "" } : {}),
});

const toBackfill = (row: BackfillRow): Backfill => ({
  id: row._id,
  workspaceId: row.workspaceId,
  claim: row.claim,
  channelId: row.channelId,
  dryRun: row.dryRun,
  state: row.state,
  reason: row.reason,
  place: {
    pass: row.pass,
    asOf: row.passStartedAt,
    start: row.start,
    startAt: row.startAt,
    pages: row.pages,
  },
  listed: row.listed,
  tries: row.tries,
  found: row.found,
  created: row.created,
  updated: row.updated,
  unchanged: row.unchanged,
});

/** Those that wait for somebody to go on with them, of all workspaces: the sweeper belongs to none. */
export const createWaitingBackfills =
  ({ backfills }: Store) =>
  async (now: Date, limit: number): Promise<{ workspaceId: string; backfillId: string }[]> => {
    const rows = await backfills
      .find({ nextAt: { $lte: now } }, { projection: { workspaceId: 1 }, limit })
      .toArray();
    return rows.map(({ _id, workspaceId }) => ({ workspaceId, backfillId: _id }));
  };
