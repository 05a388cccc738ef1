import type { Batch } from "./batch.ts";
import type { BatchRef, Claimed, ClaimedBatches } from "./ports.ts";

/** Another process has taken the batch over; whatever is done now must not be written. */
export class ClaimLostError extends Error {
  override readonly name = "ClaimLostError";
}

/** A claimed batch: what of it is written already, and what is about to be. */
export interface Hold {
  readonly batch: Batch;
  /** Sets what the next write will hold. */
  replace(batch: Batch): void;
  /** Writes a batch where it differs. */
  change(batch: Batch): Promise<void>;
  /** Renews a claim that is getting old. */
  renew(): Promise<void>;
  /** By our own clock; who has stood still for longer has lost it, whether they know or not. */
  isFresh(): boolean;
  release(nextAt: Date | null): Promise<void>;
  settle(): Promise<void>;
  /** After a failure: gives the batch free if that can still be done, and never fails itself. */
  letGo(): Promise<void>;
}

export interface HoldDeps {
  readonly batches: ClaimedBatches;
  readonly now: () => Date;
  readonly newToken: () => string;
}

/** A claim that is not renewed for this long may be taken over. */
const leaseMs = 12_000;
/** So early that a claim outlasts the longest call to LINE that begins under it. */
const renewAfterMs = 1_000;
const retrySoonMs = 2_000;

export const createHold = async (
  { batches, now, newToken }: HoldDeps,
  ref: BatchRef,
): Promise<Exclude<Claimed, { kind: "claimed" }> | { kind: "claimed"; hold: Hold }> => {
  const token = newToken();
  const until = (): Date => new Date(now().getTime() + leaseMs);
  let renewedAt = now().getTime();
  const claimed = await batches.claim(ref, { token, now: now(), until: until() });
  if (claimed.kind !== "claimed") return claimed;

  let written = claimed.batch;
  let batch = written;
  const save = async (next: Parameters<ClaimedBatches["save"]>[1]["next"]): Promise<void> => {
    const after = batch;
    const askedAt = now().getTime();
    const isSaved = await batches.save(token, { before: written, after, next });
    // Not before it is sure: until then somebody else may have it.
    renewedAt = isSaved && next.kind === "hold" ? askedAt : -Infinity;
    if (!isSaved) throw new ClaimLostError("another process has the batch");
    written = after;
  };

  return {
    kind: "claimed",
    hold: {
      get batch() {
        return batch;
      },
      replace: (next) => {
        batch = next;
      },
      change: async (next) => {
        batch = next;
        if (batch !== written) await save({ kind: "hold", until: until() });
      },
      renew: async () => {
        if (now().getTime() - renewedAt >= renewAfterMs)
          await save({ kind: "hold", until: until() });
      },
      isFresh: () => {
        const ageMs = now().getTime() - renewedAt;
        // Of a clock that was set back nothing can be told.
        return ageMs >= 0 && ageMs < leaseMs;
      },
      release: (nextAt) => save({ kind: "release", nextAt }),
      settle: () => save({ kind: "settle", at: now() }),
      letGo: async () => {
        batch = written; // what was not written may be half done
        renewedAt = -Infinity;
        const nextAt = new Date(now().getTime() + retrySoonMs);
        await save({ kind: "release", nextAt }).catch(() => undefined);
      },
    },
  };
};
