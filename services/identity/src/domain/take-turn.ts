import { Failure } from "@yubin/errors";

import { ClaimLostError, whileHeld, type Held } from "./while-held.ts";

/** How a turn of work ended: with nothing left to do, or to be gone on with. */
export type TurnEnd = { readonly afterMs: number } | "ended";

export interface TurnRow extends Held {
  /** How often in a row it could not be gone on with. */
  readonly tries: number;
}

export interface TakeTurnDeps<Row extends TurnRow> {
  readonly rows: {
    renew(held: Row, now: Date): Promise<boolean>;
    release(held: Held, nextAt: Date): Promise<void>;
  };
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** Asks for the next turn. */
  readonly again: (afterMs: number) => Promise<void>;
  /** Counts a fault of ours against the row; the last one is its end. */
  readonly failed: (held: Row, isLast: boolean, error: unknown) => Promise<void>;
}

const triesMax = 10;
const pauseMs = 5_000;

/** Works on a row for as long as it is ours, and lets go of it in such a way that the next one goes on in time. */
export const takeTurn = async <Row extends TurnRow>(
  { rows, now, signal, again, failed }: TakeTurnDeps<Row>,
  held: Row,
  work: (signal: AbortSignal) => Promise<TurnEnd>,
): Promise<void> => {
  const letGo = async (afterMs: number): Promise<void> => {
    await rows.release(held, new Date(now().getTime() + afterMs));
    await again(afterMs);
  };
  try {
    const renew = (): Promise<boolean> => rows.renew(held, now());
    const end = await whileHeld({ renew, signal }, work);
    if (end !== "ended") await letGo(end.afterMs);
  } catch (error) {
    // Where it was cancelled its last count is due; where it is somebody else's, nothing happens to it.
    if (error instanceof ClaimLostError || signal.aborted) return letGo(0);
    // Until the database or Redis is back; the claim lapses by itself.
    if (error instanceof Failure && error.retry !== "never") throw error;
    await failed(held, held.tries + 1 >= triesMax, error);
    await letGo(pauseMs);
  }
};
