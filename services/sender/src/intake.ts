import pLimit from "p-limit";

export interface Intake {
  /** Stores a message that was asked for, when it is its turn. */
  readonly takeIn: <Result>(store: () => Promise<Result>) => Promise<Result>;
  /** Delivers one, which takes one of the places. */
  readonly deliver: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/**
 * Storing costs less than delivering, so a backlog on the public queue would be stored by all of the processor first,
 * and messages of others that are due would stand behind it. Where all places for delivering are taken, few are stored
 * at once: nothing of it could go any sooner.
 */
export const createIntake = ({
  places,
  most,
  least,
}: {
  /** How many are delivered at once. */
  readonly places: number;
  /** How many are stored at once while there are places, and while there are none. */
  readonly most: number;
  readonly least: number;
}): Intake => {
  const intake = pLimit(most);
  let delivered = 0;
  const count = (change: number): void => {
    delivered += change;
    intake.concurrency = delivered < places ? most : least;
  };
  return {
    takeIn: (store) => intake(store),
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
