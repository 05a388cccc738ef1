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
    const isCurrent = circumstances.first
      ? now - begunAt <= slotWaitMaxMs
      : now - firstAttemptAt.getTime() <= deps.retryKeyUsableMs;
    return hold.isFresh() && isCurrent;
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
  let starting = 0;
  let isOver = false;
  let wake = (): void => undefined;
  const start = async (one: Ready, slot: Slot): Promise<void> => {
    const { method: by, body, retryKey } = one.call;
    const asked = Promise.withResolvers<boolean>();
    // Between its turn here and its first byte a busy process does whatever else there is to do.
    const answer = deps.sendCall({ method: by, body, retryKey, token }, () => {
      const mayStart = !isOver && mayBegin(one.call) && queue.isInTime(slot);
      if (!mayStart) queue.giveUp(slot);
      asked.resolve(mayStart);
      return mayStart;
    });
    const isMade = answer.then(({ kind }) => kind !== "not_made");
    if (await Promise.race([asked.promise, isMade])) one.resolve(answer);
    else if (isOver) one.resolve(notMade);
    else waiting.push(one);
  };
  const take = async (): Promise<void> => {
    try {
      while (waiting.length > 0 || starting > 0) {
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
        starting += 1;
        const started = start(one, slot).catch(one.reject);
        void started.finally(() => {
          starting -= 1;
          wake();
        });
      }
    } finally {
      isOver = true;
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
