import { Failure } from "@yubin/errors";
import pLimit from "p-limit";

export interface Intake {
  /** Stores a message that was asked for when it is its turn; `in_progress` where that does not come soon. */
  readonly takeIn: <Result>(store: () => Promise<Result>) => Promise<Result>;
  /** Delivers one, which takes one of the places. */
  readonly deliver: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/** Far less than a job may take: one that only waited has spent no attempt. */
const turnWaitMaxMs = 20_000;
const turnAgainMs = 2_000;

/**
 * Storing costs less than delivering, so a backlog on the public queue would be stored by all of the processor first,
 * and messages of others that are due would stand behind it. Where the places for delivering are taken, few are stored
 * at once: nothing of it could go any sooner.
 */
export const createIntake = ({
  places,
  most,
  least,
}: {
  /** How many are delivered at once. */
  readonly places: number;
  /** How many are stored at once while places are free, and while half of them or more are taken. */
  readonly most: number;
  readonly least: number;
}): Intake => {
  const intake = pLimit(most);
  let delivered = 0;
  let freed: NodeJS.Timeout | undefined;
  const count = (change: number): void => {
    delivered += change;
    if (delivered >= places / 2) {
      clearTimeout(freed);
      freed = undefined;
      intake.concurrency = least;
    } else if (intake.concurrency === least) {
      freed ??= setTimeout(() => {
        freed = undefined;
        intake.concurrency = most;
      }, freeAfterMs).unref();
    }
  };
  return {
    takeIn: (store) => withinTurns(intake, store),
    deliver: async (work) => {
      count(1);
      try {
        return await work();
      } finally {
        count(-1);
      }
    },
  };
};

/** Between two jobs each place is free for a moment, and in a process that has much to do all of them may be at once. */
const freeAfterMs = 250;

/** As `limit` does it, but whoever has waited for too long leaves, and never begins. */
const withinTurns = async <Result>(
  limit: (work: () => Promise<void>) => Promise<void>,
  work: () => Promise<Result>,
): Promise<Result> => {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  let hasLeft = false;
  const leaves = setTimeout(() => {
    hasLeft = true;
    const retryAfterMs = turnAgainMs;
    reject(new Failure("in_progress", "others are stored before it", { retryAfterMs }));
  }, turnWaitMaxMs);
  void limit(async () => {
    if (hasLeft) return;
    clearTimeout(leaves);
    await work().then(resolve, reject);
  });
  return promise;
};
