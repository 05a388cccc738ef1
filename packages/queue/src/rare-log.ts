import type { Log } from "./log.ts";

/** Logs the first error at once and then one line per `everyMs` with the number of those kept back. */
export interface RareLog {
  (error: unknown): void;
  close(): void;
}

/** A dead Redis makes clients fail thousands of times a second; the log is for people. */
export const createRareLog = ({
  log,
  fields,
  sentence,
  everyMs = 5_000,
}: {
  readonly log: Log;
  readonly fields: object;
  readonly sentence: string;
  readonly everyMs?: number;
}): RareLog => {
  let keptBack = 0;
  let last: unknown;
  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    timer = undefined;
    if (keptBack === 0) return;
    log.warn({ ...fields, err: last, times: keptBack }, sentence);
    keptBack = 0;
    timer = setTimeout(write, everyMs).unref();
  };
  const note = (error: unknown): void => {
    keptBack += 1;
    last = error;
    if (!timer) write();
  };
  return Object.assign(note, { close: () => clearTimeout(timer) });
};
