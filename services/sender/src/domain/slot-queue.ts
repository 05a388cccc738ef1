import type { Call } from "./batch.ts";
import type { DeliverDeps } from "./deliver-deps.ts";
import type { Channel, Slot } from "./ports.ts";

/** The slots of some calls. What is not used goes back. */
export interface SlotQueue {
  /** Resolves in a slot for the first of so many calls; to nothing once there is no use in it, or no pace is known. */
  next(calls: number, mayBegin: () => boolean): Promise<Slot | undefined>;
  /** Whether a call that was given it may use it still. */
  isInTime(slot: Slot): boolean;
  giveUp(slot: Slot): void;
  close(): Promise<void>;
}

/**
 * Whoever comes too late for a slot, since the process was busy, would meet the calls of others there: they take the
 * next one of their own, and the last ones take new ones instead.
 */
export const createSlotQueue = (
  { pacer, now, untilSlot }: Pick<DeliverDeps, "pacer" | "now" | "untilSlot">,
  {
    channel,
    method,
    slots,
    calls,
  }: {
    readonly channel: Channel;
    readonly method: Call["method"];
    /** The earliest first. */
    readonly slots: readonly Slot[];
    readonly calls: number;
  },
): SlotQueue => {
  const lateFor = ({ at }: Slot): number => now().getTime() - at;
  const isLate = (slot: Slot): boolean => lateFor(slot) > slot.graceMs;
  const inTime = slots.filter((slot) => !isLate(slot));
  let left = inTime.slice(0, calls);
  let unused = [...slots.filter(isLate), ...inTime.slice(calls)];
  let isGivingBack = false;
  const giveBack = async (): Promise<void> => {
    // What is over is in nobody's way, and its tick may be another's by then.
    const back = unused.filter((slot) => lateFor(slot) <= countedMs);
    unused = [];
    await pacer.release(channel, method, back);
  };
  /** Whoever missed a slot is seldom alone. */
  const giveBackSoon = async (): Promise<void> => {
    if (isGivingBack) return;
    isGivingBack = true;
    await untilSlot(1);
    isGivingBack = false;
    await giveBack();
  };
  return {
    isInTime: (slot) => {
      const lateMs = lateFor(slot);
      pacer.came(lateMs);
      // A clock that was set back makes any slot seem to be ahead.
      return lateMs >= -earlyOkMs && !isLate(slot);
    },
    giveUp: (slot) => {
      unused.push(slot);
      void giveBackSoon();
    },
    next: async (missing, mayBegin) => {
      if (left.length >= missing && unused.length > 0) void giveBack();
      while (mayBegin()) {
        const slot = left.shift();
        if (slot) {
          const earlyMs = slot.at - now().getTime();
          if (earlyMs >= 1) await untilSlot(Math.min(earlyMs, earlyMaxMs));
          const wasClockSet = earlyMs > earlyMaxMs;
          if (!wasClockSet && !isLate(slot)) return slot;
          if (!wasClockSet) pacer.came(lateFor(slot));
          unused.push(slot);
          continue;
        }
        const asked = { calls: missing, urgency: "begun", instead: unused } as const;
        unused = [];
        // Without Redis; whoever asks next is told why.
        const more = await pacer.reserve(channel, method, asked).catch(() => undefined);
        if (!more) return undefined;
        left = [...more.slots];
        if (left.length === 0) await untilSlot(more.waitMs);
      }
      return undefined;
    },
    close: async () => {
      unused.push(...left.splice(0));
      await giveBack();
    },
  };
};

/** Slots are never further away; a clock that was set back may make them seem to be. */
const earlyMaxMs = 1_200;
/** Timers may be early by a millisecond or two. */
const earlyOkMs = 5;
/** So long after it a slot counts for the pace, about. */
const countedMs = 1_100;
