import { handlerOf, type JobHandler } from "@yubin/queue";
import { reconcileChannel as contract } from "@yubin/types";

import { reconcileChannel, type ReconcileChannelDeps } from "../domain/reconcile-channel.ts";
import type { Reconciliation } from "../domain/reconciliation.ts";
import { takeTurn } from "../domain/take-turn.ts";

export interface ReconcileChannelJobDeps extends ReconcileChannelDeps {
  /** Asks for the next turn; best effort, the sweeper finds the row anyway. */
  readonly again: (
    job: { readonly workspaceId: string; readonly channelId: string },
    afterMs: number,
  ) => Promise<void>;
  /** Told of a fault of ours. */
  readonly onFailed: (channelId: string, error: unknown) => void;
}

/** Compares who follows a channel with LINE, for a while at a time. */
export const reconcileChannelJob = (deps: ReconcileChannelJobDeps): JobHandler =>
  handlerOf(contract, async ({ workspaceId, channelId }, { signal }) => {
    await deps.step?.("claim");
    const row = await deps.reconciliations.claim(workspaceId, channelId, deps.now());
    if (!row) return "obsolete";
    await takeTurn<Reconciliation>(
      {
        rows: deps.reconciliations,
        now: deps.now,
        signal,
        again: async (afterMs) => {
          // The next run is the sweeper's: a job that lies in Redis for a day is easily lost.
          if (afterMs < deps.everyMs) await deps.again({ workspaceId, channelId }, afterMs);
        },
        failed: async (held, isLast, error) => {
          deps.onFailed(held.id, error);
          await deps.reconciliations.save(
            held,
            { tries: held.tries + 1, reason: "internal", ...(isLast ? { phase: "settling" } : {}) },
            deps.now(),
          );
        },
      },
      row,
      (turnSignal) => reconcileChannel(deps, row, turnSignal),
    );
    return undefined;
  });
