import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

const pollMs = 200;
const sqliteBusy = 5;

/** A lock that this process holds until it lets go or dies. */
export interface HeldLock {
  /** Lets go; safe to repeat. */
  release(): void;
}

/** How long to wait for whoever holds the lock. */
export interface LockWait {
  readonly waitMs: number;
  /** Called once if someone else holds the lock. */
  readonly onWait?: () => void;
}

/**
 * Takes the lock, or answers undefined when the time is over.
 * An SQLite file is used because its lock belongs to the kernel: it goes with its holder, so there are no stale locks.
 */
export const lockFile = async (path: string, wait: LockWait): Promise<HeldLock | undefined> => {
  await mkdir(dirname(path), { recursive: true });
  const deadline = performance.now() + wait.waitMs;

  let held = tryLock(path);
  if (!held) wait.onWait?.();
  while (!held && performance.now() < deadline) {
    await delay(pollMs);
    held = tryLock(path);
  }
  return held;
};

const tryLock = (path: string): HeldLock | undefined => {
  const file = new DatabaseSync(path, { timeout: 0 });
  try {
    file.exec("BEGIN EXCLUSIVE");
    return {
      release: () => {
        if (file.isOpen) file.close();
      },
    };
  } catch (error) {
    file.close();
    if (error instanceof Error && "errcode" in error && error.errcode === sqliteBusy)
      return undefined;
    throw error;
  }
};
