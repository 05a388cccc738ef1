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
  failed(): void;
  succeeded(): void;
  readonly open: boolean;
  close(): void;
}

export const createBreaker = (options: BreakerOptions): Breaker => {
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

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

  return {
    check: () => {
      if (timer) throw storeAway();
    },
    failed: () => {
      failures += 1;
      if (timer || failures < options.failuresMax) return;
      probeLater();
      options.onChange?.(true);
    },
    succeeded: shut,
    get open() {
      return timer !== undefined;
    },
    close: () => {
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
