import type { EventState, ImportRow, Store } from "@yubin/store";

import { importEventId } from "../domain/import.ts";

type Outcomes = Pick<ImportRow, "applied" | "ignored" | "quarantined" | "reasons">;

/** Rows that one query counts. */
const windowRows = 5_000;
const countMs = 1_000;

/**
 * The import with what identity has done by now. Rows are counted once: those in front of the first that waits are
 * added up in the import, so that asking about a million rows again and again does not count them all again.
 */
export const countOutcomes = async (
  store: Store,
  row: ImportRow,
  now: Date,
): Promise<ImportRow> => {
  const until = performance.now() + countMs;
  let known = row;
  for (;;) {
    const to = Math.min(known.counted + windowRows, known.rows);
    if (to === known.counted) return finish(store, known, now);
    const found = await countWindow(store, known, to);
    if (found.waiting > 0) return withOutcomes(known, found.outcomes);
    known = (await addUp(store, known, { to, outcomes: found.outcomes })) ?? known;
    if (performance.now() > until) return known;
  }
};

const finish = async ({ imports }: Store, row: ImportRow, now: Date): Promise<ImportRow> => {
  if (row.state !== "applying") return row;
  const { _id, workspaceId } = row;
  await imports.updateOne(
    { _id, workspaceId, state: "applying" },
    { $set: { state: "done", endedAt: now } },
  );
  return { ...row, state: "done", endedAt: now };
};

interface Count {
  readonly _id: { readonly state: EventState; readonly reason: string | null };
  readonly count: number;
}

const countWindow = async (
  { events }: Store,
  { _id, workspaceId, counted }: ImportRow,
  to: number,
): Promise<{ readonly waiting: number; readonly outcomes: Outcomes }> => {
  const counts = await events
    .aggregate<Count>([
      { $match: { _id: eventRange({ _id, workspaceId }, counted, to), workspaceId } },
      { $group: { _id: { state: "$state", reason: "$reason" }, count: { $sum: 1 } } },
    ])
    .toArray();
  const sum = (state: EventState): number =>
    counts.reduce((total, one) => total + (one._id.state === state ? one.count : 0), 0);
  const reasons: Record<string, number> = {};
  for (const { _id: end, count } of counts)
    if (end.reason !== null) reasons[end.reason] = (reasons[end.reason] ?? 0) + count;
  return {
    waiting: sum("stored"),
    outcomes: {
      applied: sum("applied"),
      ignored: sum("ignored"),
      quarantined: sum("quarantined"),
      reasons,
    },
  };
};

/** Ids of the events of the rows after one and up to another. */
export const eventRange = (
  { _id, workspaceId }: Pick<ImportRow, "_id" | "workspaceId">,
  after: number,
  upTo: number,
) => ({
  $gt: `${workspaceId}/track/${importEventId(_id, after)}`,
  $lte: `${workspaceId}/track/${importEventId(_id, upTo)}`,
});

/** Undefined when somebody else added them up. */
const addUp = async (
  { imports }: Store,
  { _id, workspaceId, counted }: ImportRow,
  { to, outcomes }: { readonly to: number; readonly outcomes: Outcomes },
): Promise<ImportRow | undefined> => {
  const { reasons, ...sums } = outcomes;
  const byReason = Object.entries(reasons).map(([reason, count]) => [`reasons.${reason}`, count]);
  const row = await imports.findOneAndUpdate(
    { _id, workspaceId, counted },
    { $set: { counted: to }, $inc: { ...sums, ...Object.fromEntries(byReason) } },
    { returnDocument: "after" },
  );
  return row ?? (await imports.findOne({ _id, workspaceId })) ?? undefined;
};

const withOutcomes = (row: ImportRow, more: Outcomes): ImportRow => {
  const reasons = { ...row.reasons };
  for (const [reason, count] of Object.entries(more.reasons))
    reasons[reason] = (reasons[reason] ?? 0) + count;
  return {
    ...row,
    applied: row.applied + more.applied,
    ignored: row.ignored + more.ignored,
    quarantined: row.quarantined + more.quarantined,
    reasons,
  };
};
