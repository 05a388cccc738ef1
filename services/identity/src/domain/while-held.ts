/** A row that one process works on: the claim says who, and lapses without a sign of life. */
export interface Held {
  readonly id: string;
  readonly workspaceId: string;
  readonly claim: string;
}

/** Somebody else works on the row, or it was ended meanwhile. */
export class ClaimLostError extends Error {
  override readonly name = "ClaimLostError";
}

/** How long a dead process keeps a row from the others; it is renewed four times in this time. */
export const claimMs = 4_000;
const renewEveryMs = 1_000;

export interface WhileHeldOptions {
  /** False when the row is not ours any more. */
  readonly renew: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** Works with a signal that is aborted within a second after the row has become somebody else's, or was cancelled. */
export const whileHeld = async <Value>(
  { renew, signal }: WhileHeldOptions,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> => {
  const lost = new AbortController();
  const renewOrStop = async (): Promise<void> => {
    // While the database is away nothing is known; if the claim lapses over it, no write of ours succeeds.
    if (!(await renew().catch(() => true)))
      lost.abort(new ClaimLostError("the row is not ours any more"));
  };
  const timer = setInterval(() => void renewOrStop(), renewEveryMs);
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } catch (error) {
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    clearInterval(timer);
  }
};

/** The row after a write, or the end of our work on it. */
export const stillHeld = <Row>(row: Row | undefined): Row => {
  if (row === undefined) throw new ClaimLostError("the row is not ours any more");
  return row;
};
