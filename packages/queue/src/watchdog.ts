export interface WatchdogOptions {
  readonly idleMaxMs: number;
  readonly isBusy: () => boolean;
  /** `performance.now()` of the last job taken. */
  readonly lastSignOfLife: () => number;
  readonly waiting: () => Promise<number>;
  readonly restart: () => void;
}

/** Replaces a worker that sleeps beside waiting jobs: reconnects have got stuck in every Redis client so far. */
export const startWatchdog = (options: WatchdogOptions): { close(): void } => {
  const { idleMaxMs, isBusy, lastSignOfLife, waiting, restart } = options;
  let watchedSince = performance.now();
  const look = async (): Promise<void> => {
    const since = Math.max(watchedSince, lastSignOfLife());
    if (isBusy() || performance.now() - since < idleMaxMs) return;
    const jobs = await waiting().catch(() => 0);
    if (jobs === 0) {
      watchedSince = performance.now(); // idle because there is nothing to do
      return;
    }
    if (isBusy() || lastSignOfLife() > since) return;
    watchedSince = performance.now();
    restart();
  };
  const timer = setInterval(() => void look(), idleMaxMs / 3);
  timer.unref();
  return { close: () => clearInterval(timer) };
};
