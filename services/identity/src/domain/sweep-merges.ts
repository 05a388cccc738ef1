import { settleMerges, type SettleDeps } from "./settle-merge.ts";

export interface OpenMerge {
  readonly id: string;
  readonly workspaceId: string;
}

export interface SweepMergesDeps extends SettleDeps {
  readonly findStale: (now: Date, limit: number) => Promise<OpenMerge[]>;
}

const pageSize = 200;

/** Brings merges to their end whose process died in the middle. Undoing has an event that is applied again. */
export const sweepMerges = async (deps: SweepMergesDeps): Promise<number> => {
  const stale = await deps.findStale(deps.now(), pageSize);
  for (const [workspaceId, ours] of Map.groupBy(stale, (merge) => merge.workspaceId))
    await settleMerges(
      deps,
      workspaceId,
      ours.map(({ id }) => id),
    );
  return stale.length;
};
