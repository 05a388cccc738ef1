import { setTimeout as pause } from "node:timers/promises";

export interface UntilOptions {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
  /** Names what is waited for, in the error when it does not come. */
  readonly what: string;
}

/** Asks until the answer is not undefined; the last look goes into the error when it never is. */
export const until = async <Value>(
  look: () => Promise<Value | undefined> | Value | undefined,
  { what, timeoutMs = 60_000, everyMs = 100 }: UntilOptions,
): Promise<Value> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (performance.now() > deadline)
      throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`);
    await pause(everyMs);
  }
};
