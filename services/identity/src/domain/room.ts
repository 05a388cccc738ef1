import { setTimeout as pause } from "node:timers/promises";

export interface RoomOptions {
  readonly jobsMax: number;
  /** Jobs that wait on the queue. */
  readonly waiting: () => Promise<number>;
  /** How full the queue's memory is, from 0 to 1; undefined without a limit. */
  readonly memoryShare: () => Promise<number | undefined>;
}

const lookEveryMs = 100;
const memoryShareMax = 0.7;

/** Resolves when there is room on a queue for more of what can wait. */
export const createRoom =
  ({ jobsMax, waiting, memoryShare }: RoomOptions) =>
  async (signal: AbortSignal): Promise<void> => {
    while ((await waiting()) > jobsMax || ((await memoryShare()) ?? 0) > memoryShareMax)
      await pause(lookEveryMs, undefined, { signal });
  };
