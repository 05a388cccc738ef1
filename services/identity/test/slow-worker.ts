import type { InboxEvent } from "../src/domain/inbox-event.ts";
import type { PeopleWorld } from "./people-world.ts";

/** A worker with a job, that goes on to before a write of this name, and waits there until it is told more. */
export const slowWorker = (world: PeopleWorld, ...events: readonly InboxEvent[]) => {
  let at: string | undefined;
  let stopped = Promise.withResolvers<void>();
  let released = Promise.withResolvers<void>();
  let work: Promise<void> | undefined;
  const step = async (name: string): Promise<void> => {
    if (name !== at) return;
    at = undefined;
    const { promise } = released;
    stopped.resolve();
    await promise;
  };
  const release = (): void => {
    const before = released;
    released = Promise.withResolvers<void>();
    before.resolve();
    work ??= world.apply(events, { step });
  };
  return {
    goTo: async (write: string): Promise<void> => {
      at = write;
      stopped = Promise.withResolvers<void>();
      release();
      const isOver = work?.then(() => Promise.reject(new Error(`it ended before ${write}`)));
      await Promise.race([stopped.promise, isOver]);
    },
    goOn: async (): Promise<void> => {
      release();
      await work;
    },
  };
};
