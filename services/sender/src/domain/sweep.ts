/** One kind of row that must not be left behind. */
export interface SweepDeps<Row> {
  readonly find: (before: Date, max: number) => Promise<readonly Row[]>;
  readonly enqueue: (rows: readonly Row[]) => Promise<void>;
  readonly putOff: (rows: readonly Row[], before: Date, until: Date) => Promise<void>;
  readonly now: () => Date;
  readonly sweepAfterMs: number;
}

const pageRows = 500;
const pagesMax = 20;

/**
 * Hands rows that nobody has touched for too long to the queue again. They are put off once they are on the queue, so
 * that each round finds others; what Redis then loses again is found again.
 */
export const sweep = async <Row>(deps: SweepDeps<Row>, signal: AbortSignal): Promise<number> => {
  let swept = 0;
  for (let page = 0; page < pagesMax && !signal.aborted; page += 1) {
    const now = deps.now().getTime();
    const before = new Date(now - deps.sweepAfterMs);
    const rows = await deps.find(before, pageRows);
    if (rows.length > 0) {
      await deps.enqueue(rows);
      await deps.putOff(rows, before, new Date(now + deps.sweepAfterMs));
    }
    swept += rows.length;
    if (rows.length < pageRows) break;
  }
  return swept;
};
