import { handlerOf, type JobHandler } from "@yubin/queue";
import { runBackfill as contract } from "@yubin/types";

import type { Backfill } from "../domain/backfill.ts";
import { runBackfill, type RunBackfillDeps } from "../domain/run-backfill.ts";
import { takeTurn } from "../domain/take-turn.ts";

export interface RunBackfillJobDeps extends RunBackfillDeps {
  /** Asks for the next turn; best effort, the sweeper finds the row anyway. */
  readonly again: (
    job: { readonly workspaceId: string; readonly backfillId: string },
    afterMs: number,
  ) => Promise<void>;
  /** Told of a fault of ours. */
  readonly onFailed: (backfillId: string, error: unknown) => void;
}

/** Brings a channel's followers in, for a while at a time. */
export const runBackfillJob = (deps: RunBackfillJobDeps): JobHandler =>
  handlerOf(contract, async ({ workspaceId, backfillId }, { signal }) => {
    await deps.step?.("claim");
    const backfill = await deps.backfills.claim(workspaceId, backfillId, deps.now());
    if (!backfill) return "obsolete";
    await takeTurn<Backfill>(
      {
        rows: deps.backfills,
        now: deps.now,
        signal,
        again: (afterMs) => deps.again({ workspaceId, backfillId }, afterMs),
        failed: async (held, isLast, error) => {
          deps.onFailed(held.id, error);
          await deps.backfills.save(
            held,
            {
              tries: held.tries + 1,
              reason: held.reason ?? "internal",
              ...(isLast && held.state === "running" ? { state: "failed" } : {}),
              ...(isLast && held.state !== "running" ? { settledAt: deps.now() } : {}),
            },
            deps.now(),
          );
        },
      },
      backfill,
      (turnSignal) => runBackfill(deps, backfill, turnSignal),
    );
    return undefined;
  });
