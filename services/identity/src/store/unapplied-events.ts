import type { Store } from "@yubin/store";

export interface UnappliedEvent {
  readonly id: string;
  readonly workspaceId: string;
}

/** Events that wait for longer than they should, for the sweeper. */
export interface UnappliedEvents {
  find(olderThan: Date, limit: number): Promise<UnappliedEvent[]>;
  /** Keeps them from being found again before then. */
  postpone(events: readonly UnappliedEvent[], until: Date): Promise<void>;
}

export const createUnappliedEvents = ({ events }: Store): UnappliedEvents => ({
  // Of all workspaces: the sweeper belongs to none, and each event goes back to its own.
  find: async (olderThan, limit) => {
    const rows = await events
      .find(
        { state: "stored", nextAt: { $lt: olderThan } },
        { projection: { workspaceId: 1 }, limit },
      )
      .toArray();
    return rows.map(({ _id, workspaceId }) => ({ id: _id, workspaceId }));
  },
  postpone: async (unapplied, until) => {
    for (const [workspaceId, ours] of Map.groupBy(unapplied, (event) => event.workspaceId))
      await events.updateMany(
        { _id: { $in: ours.map(({ id }) => id) }, workspaceId, state: "stored" },
        { $set: { nextAt: until } },
      );
  },
});
