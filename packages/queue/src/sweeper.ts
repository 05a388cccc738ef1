import { doneWithin } from "./deadline.ts";
import type { Log, QueueMetrics } from "./log.ts";

export interface SweeperOptions {
  readonly name: string;
  readonly everyMs: number;
  /** Hands over what was left behind and says how much it was. */
  readonly sweep: (signal: AbortSignal) => Promise<number>;
  readonly log: Log;
  readonly metrics?: QueueMetrics;
}

export interface Sweeper {
  /** No further sweep; the one under way is told to stop and gets a moment. */
  close(): Promise<void>;
}

const closeGraceMs = 2_000;

/**
 * Sweeps once at the start and then again and again, one at a time, with jitter so that replicas spread out. A sweep
 * that fails is followed by the next one.
 */
export const startSweeper = ({ name, everyMs, sweep, log, metrics }: SweeperOptions): Sweeper => {
  const stop = new AbortController();
  const swept = metrics?.counter({
    name: "yubin_swept_total",
    help: "Rows without progress that a sweeper handed over again.",
    labels: ["sweeper"],
  });
  let timer: NodeJS.Timeout | undefined;

  const once = async (): Promise<void> => {
    try {
      const rows = await sweep(stop.signal);
      swept?.inc({ sweeper: name }, rows);
      if (rows > 0) log.info({ sweeper: name, rows }, "swept");
    } catch (error) {
      if (!stop.signal.aborted) log.warn({ sweeper: name, err: error }, "a sweep failed");
    }
  };
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await once();
      const { promise, resolve } = Promise.withResolvers<void>();
      timer = setTimeout(resolve, everyMs * (0.8 + Math.random() * 0.4));
      stop.signal.addEventListener("abort", () => resolve(), { once: true });
      if (!stop.signal.aborted) await promise;
    }
  };
  const running = loop();

  return {
    close: async () => {
      stop.abort();
      clearTimeout(timer);
      await doneWithin(closeGraceMs, running);
    },
  };
};
