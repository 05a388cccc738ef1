export interface SweepUsageDeps {
  /** Workspaces that were last counted before then, or never in this month. */
  readonly findDue: (sampledBefore: Date, now: Date) => Promise<string[]>;
  readonly sample: (workspaceId: string, now: Date) => Promise<unknown>;
  readonly now: () => Date;
}

const everyMs = 240_000;

/** Counts the people of every workspace every few minutes, so that a month's peak is known when somebody asks. */
export const sweepUsage = async (
  { findDue, sample, now }: SweepUsageDeps,
  signal: AbortSignal,
): Promise<number> => {
  const due = await findDue(new Date(now().getTime() - everyMs), now());
  const failures: unknown[] = [];
  for (const workspaceId of due) {
    if (signal.aborted) break;
    // A workspace that takes too long to count would keep those behind it from ever being counted.
    await sample(workspaceId, now()).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
  return 0; // nothing was left behind
};
