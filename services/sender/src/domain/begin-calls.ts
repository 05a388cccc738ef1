import type { Call } from "./batch.ts";
import type { DeliverDeps } from "./deliver-deps.ts";
import type { Flights, Landed } from "./flights.ts";
import type { Hold } from "./hold.ts";
import type { Answer } from "./line-answer.ts";
import type { Slot } from "./ports.ts";

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
  const takes = calls.map((call) => {
    const taken = Promise.withResolvers<Answer>();
    flights.begin(
      call,
      taken.promise.then((answer) => ({ call, answer, ...circumstances })),
    );
    return taken;
  });
  const { channel } = circumstances;
  const take = async (): Promise<void> => {
    const queue = createSlotQueue(deps, { channel, method, slots, calls: calls.length });
    try {
      for (const [place, call] of calls.entries()) {
        const isThere = await queue.next(calls.length - place, () => mayBegin(call));
        await deps.step?.("send");
        if (!isThere || !mayBegin(call)) break;
        const { method: by, body, retryKey } = call;
        takes[place]?.resolve(deps.sendCall({ method: by, body, retryKey, token }));
      }
    } finally {
      await queue.close();
    }
    for (const taken of takes) taken.resolve(notMade);
  };
  take().catch((error: unknown) => {
    for (const taken of takes) taken.reject(error);
  });
};

const notMade: Answer = { kind: "not_made" };

/** A new call that comes to no slot for so long is begun anew: whoever paused the campaign meanwhile is obeyed. */
const slotWaitMaxMs = 1_500;
/** Slots are never further away; a clock that was set back may make them seem to be. */
const earlyMaxMs = 1_200;

interface SlotQueue {
  /** Resolves in a slot for the first of so many calls; false once there is no use in it, or no pace is known. */
  next(calls: number, mayBegin: () => boolean): Promise<boolean>;
  /** What was not used goes back. */
  close(): Promise<void>;
}

/**
 * Whoever comes too late for a slot, since the process was busy, would meet the calls of others there: they take the
 * next one of their own, and the last ones take new ones instead.
 */
const createSlotQueue = (
  { pacer, now, untilSlot }: Pick<DeliverDeps, "pacer" | "now" | "untilSlot">,
  {
    channel,
    method,
    slots,
    calls,
  }: Pick<Begun, "channel" | "method" | "slots"> & { readonly calls: number },
): SlotQueue => {
  const lateFor = ({ at }: Slot): number => now().getTime() - at;
  const isLate = (slot: Slot): boolean => lateFor(slot) > slot.graceMs;
  const inTime = slots.filter((slot) => !isLate(slot));
  let left = inTime.slice(0, calls);
  let unused = [...slots.filter(isLate), ...inTime.slice(calls)];
  const giveBack = async (): Promise<void> => {
    const back = unused;
    unused = [];
    await pacer.release(channel, method, back);
  };
  return {
    next: async (missing, mayBegin) => {
      if (left.length >= missing && unused.length > 0) void giveBack();
      while (mayBegin()) {
        const slot = left.shift();
        if (slot) {
          const earlyMs = slot.at - now().getTime();
          if (earlyMs >= 1) await untilSlot(Math.min(earlyMs, earlyMaxMs));
          pacer.came(lateFor(slot));
          if (!isLate(slot) && earlyMs <= earlyMaxMs) return true;
          unused.push(slot);
          continue;
        }
        const asked = { calls: missing, urgency: "begun", instead: unused } as const;
        unused = [];
        // Without Redis; whoever asks next is told why.
        const more = await pacer.reserve(channel, method, asked).catch(() => undefined);
        if (!more) return false;
        left = [...more.slots];
        if (left.length === 0) await untilSlot(more.waitMs);
      }
      return false;
    },
    close: async () => {
      unused.push(...left.splice(0));
      await giveBack();
    },
  };
};
