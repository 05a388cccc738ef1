import type { Store } from "@yubin/store";

/** Of all workspaces: the sweeper belongs to none. Other replicas' samples count as well. */
export const createDueSamples =
  ({ workspaces, usage }: Store) =>
  async (sampledBefore: Date, now: Date): Promise<string[]> => {
    const month = now.toISOString().slice(0, "2026-11".length);
    const all = await workspaces.find({}, { projection: { _id: 1 } }).toArray();
    const fresh = await usage
      .find({ month, sampledAt: { $gte: sampledBefore } }, { projection: { workspaceId: 1 } })
      .toArray();
    const known = new Set(fresh.map(({ workspaceId }) => workspaceId));
    return all.map(({ _id }) => _id).filter((id) => !known.has(id));
  };
