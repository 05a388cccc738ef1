import { Failure } from "@yubin/errors";

export interface BreakerOptions {
  /** So many failures without a success between them, and the store counts as away. */
  readonly failuresMax: number;
  /** Asks whether it is back; rejects while it is not. */
  readonly probe: () => Promise<void>;
  readonly probeEveryMs: number;
  readonly onChange?: (open: boolean) => void;
}

/** Keeps requests from piling up in front of a store that is known to be away. */
export interface Breaker {
  /** Throws `store.unavailable` at once while the store is away. */
  check(): void;
  /** Of the work that is guarded: so many of these in a row, and the store counts as away. */
  failed(): void;
  succeeded(): void;
  /** Something else found the store slow. That proves nothing, so the store itself is asked. */
  suspect(): void;
  readonly open: boolean;
  close(): void;
}

export const createBreaker = (options: BreakerOptions): Breaker => {
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let asking = false;
  let closed = false;

  const shut = (): void => {
    failures = 0;
    if (!timer) return;
    clearTimeout(timer);
    timer = undefined;
    options.onChange?.(false);
  };
  const probeLater = (): void => {
    timer = setTimeout(() => {
      options.probe().then(shut, () => {
        if (timer) probeLater();
      });
    }, options.probeEveryMs);
  };

  const open = (): void => {
    if (timer || closed) return;
    probeLater();
    options.onChange?.(true);
  };

  return {
    check: () => {
      if (timer) throw storeAway();
    },
    failed: () => {
      failures += 1;
      if (failures >= options.failuresMax) open();
    },
    succeeded: shut,
    suspect: () => {
      if (timer || asking) return;
      asking = true;
      options
        .probe()
        .catch(open)
        .finally(() => {
          asking = false;
        });
    },
    get open() {
      return timer !== undefined;
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
      timer = undefined;
    },
  };
};

/** What a caller gets while MongoDB is away. */
export const storeAway = (cause?: unknown): Failure =>
  new Failure("store.unavailable", "the database did not answer in time", {
    retryAfterMs: 2_000,
    cause,
  });

export const isStoreAway = (error: unknown): boolean =>
  error instanceof Failure && error.code === "store.unavailable";
