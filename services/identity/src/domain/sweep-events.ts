import { limits } from "@yubin/types";

export interface SweepEventsDeps {
  readonly unapplied: {
    find(olderThan: Date, limit: number): Promise<{ id: string; workspaceId: string }[]>;
    postpone(events: readonly { id: string; workspaceId: string }[], until: Date): Promise<void>;
  };
  readonly enqueue: (jobs: { workspaceId: string; eventIds: string[] }[]) => Promise<void>;
  /** Jobs that wait already: while there are many, the rows behind them are late and not lost. */
  readonly waiting: () => Promise<number>;
  readonly now: () => Date;
}

const pageSize = 1_000;
const pagesMax = 20;
const eventsPerJob = 250;
const waitingMax = 200;
/** Long enough for a job on its way, and short enough that one which Redis lost is replaced within half a minute. */
const postponeMs = 10_000;

/** Hands events that nobody applied to the queue again. Says how many. */
export const sweepEvents = async (deps: SweepEventsDeps, signal: AbortSignal): Promise<number> => {
  let swept = 0;
  for (let page = 0; page < pagesMax && !signal.aborted; page += 1) {
    if ((await deps.waiting()) > waitingMax) return swept;
    const now = deps.now().getTime();
    const found = await deps.unapplied.find(new Date(now - limits.sweepAfterMs), pageSize);
    if (found.length === 0) return swept;
    await deps.enqueue(jobsOf(found));
    await deps.unapplied.postpone(found, new Date(now + postponeMs));
    swept += found.length;
  }
  return swept;
};

const jobsOf = (events: readonly { id: string; workspaceId: string }[]) => {
  const byWorkspace = Map.groupBy(events, ({ workspaceId }) => workspaceId);
  return [...byWorkspace].flatMap(([workspaceId, rows]) =>
    Array.from({ length: Math.ceil(rows.length / eventsPerJob) }, (_, chunk) => ({
      workspaceId,
      eventIds: rows.slice(chunk * eventsPerJob, (chunk + 1) * eventsPerJob).map(({ id }) => id),
    })),
  );
};
