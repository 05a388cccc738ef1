import type { Batch } from "./batch.ts";
import { forgetIn, type Names } from "./forget-in.ts";
import type { BatchRef } from "./ports.ts";

export interface Erasure {
  readonly id: string;
  readonly workspaceId: string;
  readonly names: Names;
  /** Messages on their own that an earlier look has found, and that nothing leads to any more. */
  readonly messageIds: ReadonlySet<string>;
  readonly requestedAt: Date;
}

export interface ForgetDeps {
  readonly erasures: {
    /** Undefined where there is nothing left to do. */
    find(workspaceId: string, erasureId: string): Promise<Erasure | undefined>;
    /** For every look that is still to come. */
    keepMessage(erasure: Erasure, messageId: string): Promise<void>;
    end(erasure: Erasure, now: Date): Promise<void>;
  };
  readonly traces: {
    /** Batches that may name them, newest campaign first; bounded in memory. */
    batches(erasure: Erasure): AsyncIterable<BatchRef>;
    /** What names them outside of batches: audiences, dead letters, answers that are kept for repetition. */
    remove(erasure: Erasure): Promise<void>;
    /** Word that was left for their LINE IDs: what leads to batches, so it goes last. */
    removeWord(erasure: Erasure): Promise<void>;
  };
  readonly batches: {
    /** Any batch, settled or not; undefined while somebody else holds it, whom `seize` takes no notice of. */
    take(
      ref: BatchRef,
      claim: { token: string; now: Date; until: Date; seize: boolean },
    ): Promise<Batch | undefined>;
    /** Where the links of messages on their own lead may say who they were for; who clicked goes with them. */
    removeLinks(workspaceId: string, messageIds: ReadonlySet<string>): Promise<void>;
    /** One write, refused (false) where the claim has gone to someone else. */
    put(token: string, batch: Batch, now: Date): Promise<boolean>;
  };
  readonly now: () => Date;
  readonly newToken: () => string;
  readonly step?: (name: string) => void | Promise<void>;
}

export type Forgotten =
  | { readonly kind: "done" }
  | { readonly kind: "obsolete" }
  | { readonly kind: "again"; readonly afterMs: number };

/** What was being planned or stored when the person was erased is written by then, so it is looked for once more. */
const secondLookMs = 30_000;
/** By then open calls have had several tries to get their end, and a claim many moments to end. */
const lateMs = 40_000;
const againMs = 10_000;
const leaseMs = 12_000;

/** Removes what messages and campaigns hold of somebody; counts, outcomes and reasons stay. Safe to repeat. */
export const forgetPerson = async (
  deps: ForgetDeps,
  { workspaceId, erasureId }: { readonly workspaceId: string; readonly erasureId: string },
  signal: AbortSignal,
): Promise<Forgotten> => {
  const erasure = await deps.erasures.find(workspaceId, erasureId);
  if (!erasure) return { kind: "obsolete" };
  const startedAt = deps.now().getTime();
  const age = startedAt - erasure.requestedAt.getTime();
  await deps.traces.remove(erasure);
  const messageIds = new Set(erasure.messageIds);
  const look = { erasure, messageIds, isLate: age >= lateMs };
  let isWhole = true;
  for await (const ref of deps.traces.batches(erasure)) {
    if (signal.aborted) return { kind: "again", afterMs: 0 };
    if (!(await forgetInBatch(deps, ref, look))) isWhole = false;
  }
  // Once their words are gone: whoever writes a link then sees that, and takes it back. Who dies before they see it is
  // why this is done at every look.
  if (messageIds.size > 0) await deps.batches.removeLinks(workspaceId, messageIds);
  if (!isWhole) return { kind: "again", afterMs: againMs };
  if (age < secondLookMs) return { kind: "again", afterMs: secondLookMs - age };
  await deps.traces.removeWord(erasure);
  await deps.step?.("forget");
  await deps.erasures.end(erasure, deps.now());
  return { kind: "done" };
};

interface Look {
  readonly erasure: Erasure;
  /** Whose links go at the end of it. */
  readonly messageIds: Set<string>;
  readonly isLate: boolean;
}

/** False where something is left to do. */
const forgetInBatch = async (
  deps: ForgetDeps,
  ref: BatchRef,
  { erasure, messageIds, isLate }: Look,
): Promise<boolean> => {
  const token = deps.newToken();
  const now = deps.now();
  const until = new Date(now.getTime() + leaseMs);
  const batch = await deps.batches.take(ref, { token, now, until, seize: isLate });
  if (!batch) return false;
  const forgotten = forgetIn(batch, erasure.names, { now, isLate });
  if (batch.campaignId === null && batch.content?.tracking && forgotten.batch !== batch) {
    // Before the message is changed: nothing leads to it then.
    await deps.erasures.keepMessage(erasure, batch.id);
    messageIds.add(batch.id);
  }
  await deps.step?.("forget");
  const written = await deps.batches.put(token, forgotten.batch, now);
  await deps.step?.("forgotten");
  return written && forgotten.isWhole;
};
