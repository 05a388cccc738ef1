import type { Call } from "./batch.ts";
import type { DeliverDeps } from "./deliver-deps.ts";
import type { Flights, Landed } from "./flights.ts";
import type { Hold } from "./hold.ts";
import type { Answer } from "./line-answer.ts";
import type { Slot } from "./ports.ts";
import { createSlotQueue } from "./slot-queue.ts";

interface Begun extends Pick<Landed, "channel" | "run" | "first"> {
  readonly calls: readonly Call[];
  readonly method: Call["method"];
  /** The earliest first; of more than there are calls the rest goes back. */
  readonly slots: readonly Slot[];
  readonly flights: Flights;
  readonly token: string;
}

/**
 * Makes each call in a slot, one after the other, and does not wait for answers. A process may have stood still since it
 * looked (a stop, a sleeping machine): by then the campaign may be cancelled, the person gone or the key forgotten, so
 * what is not under way is not begun.
 */
export const beginCalls = (
  deps: DeliverDeps,
  hold: Hold,
  { calls, method, slots, flights, token, ...circumstances }: Begun,
): void => {
  const begunAt = deps.now().getTime();
  const mayBegin = ({ firstAttemptAt }: Call): boolean => {
    const now = deps.now().getTime();
    // A clock that was set back tells nothing.
    if (now < begunAt) return false;
    // Of calls that were made before nobody can say that they are not under way.
    const isCurrent =
      circumstances.first || now - firstAttemptAt.getTime() <= deps.retryKeyUsableMs;
    const waitMaxMs = circumstances.first ? slotWaitMaxMs : repeatWaitMaxMs;
    return hold.isFresh() && isCurrent && now - begunAt <= waitMaxMs;
  };
  const { channel } = circumstances;
  const queue = createSlotQueue(deps, { channel, method, slots, calls: calls.length });
  const all = calls.map((call): Ready => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    flights.begin(
      call,
      promise.then((answer) => ({ call, answer, ...circumstances })),
    );
    return { call, resolve, reject };
  });

  const waiting = [...all];
  /** Of each that has a slot and not yet a connection, what takes it back. */
  const starting = new Set<() => void>();
  let isOver = false;
  let wake = (): void => undefined;
  const start = async (one: Ready, slot: Slot): Promise<void> => {
    const { method: by, body, retryKey } = one.call;
    const asked = Promise.withResolvers<boolean>();
    const takeBack = (): void => asked.resolve(false);
    starting.add(takeBack);
    // Between its turn here and its first byte a busy process does whatever else there is to do.
    const answer = deps.sendCall({ method: by, body, retryKey, token }, () => {
      const mayStart = !isOver && mayBegin(one.call) && queue.isInTime(slot);
      if (!mayStart) queue.giveUp(slot);
      asked.resolve(mayStart);
      return mayStart;
    });
    const isMade = answer.then(({ kind }) => kind !== "not_made");
    try {
      if (await Promise.race([asked.promise, isMade])) one.resolve(answer);
      else if (isOver) one.resolve(notMade);
      else waiting.push(one);
    } finally {
      starting.delete(takeBack);
      wake();
    }
  };
  const take = async (): Promise<void> => {
    try {
      while (waiting.length > 0 || starting.size > 0) {
        const one = waiting.shift();
        if (!one) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        const slot = await queue.next(waiting.length + 1, () => mayBegin(one.call));
        await deps.step?.("send");
        if (!slot || !mayBegin(one.call)) {
          waiting.push(one);
          if (slot) queue.giveUp(slot);
          break;
        }
        start(one, slot).catch(one.reject);
      }
    } finally {
      // From here on none starts, so nobody has to wait for a connection to learn it.
      isOver = true;
      for (const takeBack of starting) takeBack();
      await queue.close();
    }
    for (const { resolve } of waiting) resolve(notMade);
  };
  take().catch((error: unknown) => {
    for (const { reject } of all) reject(error);
  });
};

/** A call that has no slot yet, or missed it. */
interface Ready {
  readonly call: Call;
  readonly resolve: (answer: Answer | Promise<Answer>) => void;
  readonly reject: (error: unknown) => void;
}

const notMade: Answer = { kind: "not_made" };

/** A new call that comes to no slot for so long is begun anew: whoever paused the campaign meanwhile is obeyed. */
const slotWaitMaxMs = 1_500;
/** One that is repeated is still the same; but whoever is told to stop is to hear it. */
const repeatWaitMaxMs = 5_000;
