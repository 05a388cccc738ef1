/** Lets callers wait for a condition that is looked at whenever something happened. */
export interface Waiters {
  /** Something happened. */
  wake(): void;
  /** Resolves to true once the condition holds, to false when it does not in time. */
  until(holds: () => boolean, timeoutMs: number): Promise<boolean>;
}

/** Opens a set of waiters. */
export function createWaiters(): Waiters {
  const looks = new Set<() => void>();
  return {
    wake: () => {
      for (const look of looks) look();
    },
    until: async (holds, timeoutMs) => {
      if (holds()) return true;
      return new Promise((resolve) => {
        const finish = (held: boolean): void => {
          clearTimeout(timer);
          looks.delete(look);
          resolve(held);
        };
        const look = (): void => {
          if (holds()) finish(true);
        };
        const timer = setTimeout(() => finish(false), timeoutMs);
        looks.add(look);
      });
    },
  };
}
