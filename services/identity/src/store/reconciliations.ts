import { randomUUID } from "node:crypto";
import type { ProfileRow, ReconciliationRow, Store } from "@yubin/store";

import { factId } from "../domain/listing-fact.ts";
import {
  runOf,
  type Reconciliation,
  type ReconciliationChange,
  type Reconciliations,
} from "../domain/reconciliation.ts";
import { claimMs, type Held } from "../domain/while-held.ts";
import { failingAsStore } from "./as-store-failure.ts";
import { insertUnordered } from "./insert-unordered.ts";
import { toProfile } from "./people-rows.ts";

/** The regular checks of who follows; every write of a worker holds only while the row is its own. */
export const createReconciliations = (store: Store): Reconciliations =>
  failingAsStore({ ...createClaims(store), ...createFollowers(store) });

type Claims = Pick<Reconciliations, "claim" | "renew" | "save" | "release">;

const createClaims = ({ reconciliations }: Store): Claims => ({
  claim: async (workspaceId, channelId, now) => {
    const row = await reconciliations.findOneAndUpdate(
      { _id: channelId, workspaceId, nextAt: { $lte: now }, claimedUntil: { $lte: now } },
      { $set: { claim: randomUUID(), ...claimedFrom(now) } },
      { returnDocument: "after" },
    );
    return row ? toReconciliation(row) : undefined;
  },
  renew: async (held, now) => {
    const done = await reconciliations.updateOne(ours(held), { $set: claimedFrom(now) });
    return done.matchedCount === 1;
  },
  save: async (held, change, now) => {
    const row = await reconciliations.findOneAndUpdate(
      ours(held),
      { $set: { ...claimedFrom(now), ...rowPart(change) } },
      { returnDocument: "after" },
    );
    return row ? toReconciliation(row) : undefined;
  },
  release: async (held, nextAt) => {
    await reconciliations.updateOne(ours(held), { $set: { claimedUntil: new Date(0), nextAt } });
  },
});

type Followers = Pick<Reconciliations, "keepListed" | "findListed" | "findFollowing">;

/** A run that takes longer than this begins again. */
const listedKeptMs = 2 * 86_400_000;

const createFollowers = ({ listedFollowers, profiles }: Store): Followers => ({
  keepListed: async (held, lineUserIds, now) => {
    const expireAt = new Date(now.getTime() + listedKeptMs);
    const { workspaceId } = held;
    await insertUnordered(
      listedFollowers,
      lineUserIds.map((one) => ({ _id: factId(runOf(held), one), workspaceId, expireAt })),
    );
  },
  findListed: async (held, lineUserIds) => {
    const byId = new Map(lineUserIds.map((one) => [factId(runOf(held), one), one]));
    const rows = await listedFollowers
      .find(
        { _id: { $in: [...byId.keys()] }, workspaceId: held.workspaceId },
        { projection: { _id: 1 } },
      )
      .toArray();
    return new Set(rows.flatMap(({ _id }) => byId.get(_id) ?? []));
  },
  findFollowing: async ({ id, workspaceId }, after, limit) => {
    const rows = await profiles
      .find({ workspaceId, friendOf: id, _id: { $gt: after }, mergedInto: null })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return rows.map((row) => toProfile(row as ProfileRow));
  },
});

const ours = ({ id, workspaceId, claim }: Held) => ({ _id: id, workspaceId, claim });

const claimedFrom = (now: Date) => {
  const until = new Date(now.getTime() + claimMs);
  return { claimedUntil: until, nextAt: until };
};

const rowPart = ({ place, ...change }: ReconciliationChange): Partial<ReconciliationRow> => ({
  ...change,
  ...(place
    ? {
        pass: place.pass,
        asOf: place.asOf,
        start: place.start,
        startAt: place.startAt,
        pages: place.pages,
      }
    : {}),
});

const toReconciliation = ({
  _id,
  pass,
  asOf,
  start,
  startAt,
  pages,
  ...row
}: ReconciliationRow): Reconciliation => ({
  id: _id,
  workspaceId: row.workspaceId,
  claim: row.claim,
  phase: row.phase,
  run: row.run,
  how: row.how,
  startedAt: row.startedAt,
  place: { pass, asOf, start, startAt, pages },
  listed: row.listed,
  checkedAfter: row.checkedAfter,
  checked: row.checked,
  asked: row.asked,
  tries: row.tries,
  reason: row.reason,
});
