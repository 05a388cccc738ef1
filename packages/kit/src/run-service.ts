import type { Logger } from "./logger.ts";

export interface RunServiceOptions {
  readonly log: Logger;
  /** From the first signal to the end of the process, whatever hangs. */
  readonly graceMs: number;
  /**
   * Builds everything, and puts each part on `resources` as soon as it exists; the last one is closed first.
   * The signal is aborted when the process is to stop, which may be while this still runs.
   */
  readonly start: (resources: AsyncDisposableStack, signal: AbortSignal) => Promise<void>;
}

const flushMs = 1_000;

/** Runs a process from its start to SIGTERM or SIGINT, and ends it: in order, in time, and never silently. */
export const runService = async ({ log, graceMs, start }: RunServiceOptions): Promise<never> => {
  const stop = new AbortController();
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) void exitAfterFlush(log, 1, `a second ${signal}, stopping at once`);
    log.info({ signal, graceMs }, "stopping");
    setTimeout(() => void exitAfterFlush(log, 1, "did not stop in time"), graceMs);
    stop.abort();
    resolve();
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  const onCrash = (error: unknown): void => {
    log.fatal({ err: error }, "an error that nobody expected");
    void exitAfterFlush(log, 1);
  };
  process.on("uncaughtException", onCrash).on("unhandledRejection", onCrash);

  const resources = new AsyncDisposableStack();
  const started = await startOr(log, () => start(resources, stop.signal), stop.signal);
  if (started) await stopped;
  const closed = await closeAll(log, resources, started ? undefined : graceMs);
  return exitAfterFlush(log, started && closed ? 0 : 1, "stopped");
};

const startOr = async (
  log: Logger,
  start: () => Promise<void>,
  signal: AbortSignal,
): Promise<boolean> => {
  try {
    await start();
    return true;
  } catch (error) {
    if (signal.aborted) return true; // told to stop while starting: nothing is wrong
    log.fatal({ err: error }, "could not start");
    return false;
  }
};

const closeAll = async (
  log: Logger,
  resources: AsyncDisposableStack,
  graceMs: number | undefined,
): Promise<boolean> => {
  if (graceMs !== undefined)
    setTimeout(() => void exitAfterFlush(log, 1, "did not stop in time"), graceMs);
  try {
    await resources.disposeAsync();
    return true;
  } catch (error) {
    log.error({ err: error }, "a part did not close");
    return false;
  }
};

/** Whoever reads standard output slowly does not keep the process alive. */
const exitAfterFlush = async (log: Logger, code: number, last?: string): Promise<never> => {
  if (last !== undefined) log[code === 0 ? "info" : "error"]({ exitCode: code }, last);
  setTimeout(() => process.exit(code), flushMs);
  log.flush(() => process.exit(code));
  return new Promise<never>(() => undefined);
};
