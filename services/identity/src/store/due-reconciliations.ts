import { isDuplicateKey, type ReconciliationRow, type Store } from "@yubin/store";

/** Checks that are due, of all workspaces: the sweeper belongs to none. */
export const createDueReconciliations =
  ({ reconciliations }: Store) =>
  async (now: Date, limit: number): Promise<{ workspaceId: string; channelId: string }[]> => {
    const rows = await reconciliations
      .find({ nextAt: { $lte: now } }, { projection: { workspaceId: 1 }, limit })
      .toArray();
    return rows.map(({ _id, workspaceId }) => ({ workspaceId, channelId: _id }));
  };

const pageSize = 1_000;

/** Gives every connected channel that has none yet its regular check; the first is due at `firstAt`. */
export const createReconciliationStarts =
  ({ channels, reconciliations }: Store) =>
  async (firstAt: Date): Promise<void> => {
    for (let after = ""; ;) {
      const page = await channels
        .find({ _id: { $gt: after }, state: "connected" }, { projection: { workspaceId: 1 } })
        .sort({ _id: 1 })
        .limit(pageSize)
        .toArray();
      const ids = page.map(({ _id }) => _id);
      const known = await reconciliations
        .find({ _id: { $in: ids } }, { projection: { _id: 1 } })
        .toArray();
      const has = new Set(known.map(({ _id }) => _id));
      for (const { _id, workspaceId } of page)
        if (!has.has(_id)) await insertNew(reconciliations, newRow(_id, workspaceId, firstAt));
      if (page.length < pageSize) return;
      after = ids.at(-1) ?? "";
    }
  };

const insertNew = async (
  reconciliations: Store["reconciliations"],
  row: ReconciliationRow,
): Promise<void> => {
  try {
    await reconciliations.insertOne(row);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
};

const newRow = (channelId: string, workspaceId: string, firstAt: Date): ReconciliationRow => ({
  _id: channelId,
  workspaceId,
  phase: "idle",
  run: 0,
  how: "list",
  startedAt: null,
  asOf: null,
  start: null,
  startAt: null,
  pages: 0,
  pass: 1,
  listed: 0,
  checkedAfter: "",
  checked: 0,
  asked: 0,
  tries: 0,
  reason: null,
  claim: "",
  claimedUntil: new Date(0),
  nextAt: firstAt,
  last: null,
});
