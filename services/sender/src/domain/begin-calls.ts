import type { Call } from "./batch.ts";
import type { DeliverDeps } from "./deliver-batch.ts";
import type { Flights, Landed } from "./flights.ts";
import type { Hold } from "./hold.ts";
import type { Answer } from "./line-answer.ts";
import type { Slots } from "./ports.ts";

interface Begun extends Pick<Landed, "channel" | "run" | "first"> {
  readonly calls: readonly Call[];
  readonly slots: SlotTimes;
  readonly flights: Flights;
  readonly token: string;
}

export interface SlotTimes extends Pick<Slots, "everyMs"> {
  /** By our own clock, in milliseconds. */
  readonly startsAt: number;
}

/**
 * Makes each call in its slot. A process may have stood still since it looked (a stop, a sleeping machine): by then the
 * campaign may be cancelled, the person gone or the key forgotten, so what is not under way is not begun.
 */
export const beginCalls = (
  deps: DeliverDeps,
  hold: Hold,
  { calls, slots, flights, token, ...circumstances }: Begun,
): void => {
  const begunAt = deps.now().getTime();
  /** Of calls that were made before nobody can say that they are not under way. */
  const isCurrent = (): boolean =>
    !circumstances.first || deps.now().getTime() - begunAt <= slotWaitMaxMs;
  const slotOf = createSlots(deps, { calls, slots, channel: circumstances.channel });
  const fly = async (call: Call, place: number): Promise<Landed> => {
    await slotOf(place);
    await deps.step?.("send");
    const { method, body, retryKey } = call;
    const answer =
      hold.isFresh() && isCurrent()
        ? await deps.sendCall({ method, body, retryKey, token })
        : notMade;
    return { call, answer, ...circumstances };
  };
  for (const [place, call] of calls.entries()) flights.begin(call, fly(call, place));
};

const notMade: Answer = { kind: "unknown", reason: "aborted" };

/** A new call that comes to no slot for so long is begun anew: whoever paused the campaign meanwhile is obeyed. */
const slotWaitMaxMs = 1_500;
/** Of LINE's limit a fiftieth is left over, and that is a fiftieth of a second. */
const lateMaxMs = 10;

/**
 * Resolves in the slot of the call with this place. Whoever comes too late for it, since the process was busy, would meet
 * the calls of others there: they take the next slot of their own, and the last ones take new ones.
 */
const createSlots = (
  { pacer, now, untilSlot }: Pick<DeliverDeps, "pacer" | "now" | "untilSlot">,
  { calls, channel, slots: { startsAt, everyMs } }: Pick<Begun, "calls" | "channel" | "slots">,
): ((place: number) => Promise<void>) => {
  const times = calls.map((_, place) => startsAt + place * everyMs);
  let moving: Promise<void> | undefined;

  /** Of those who are not gone yet, this one is the first. */
  const move = async (from: number): Promise<void> => {
    const left = times.slice(from).filter((at) => at >= now().getTime());
    const missing = calls.length - from - left.length;
    const asked = { calls: missing, urgency: "begun" } as const;
    const more = await pacer.reserve(channel, calls[from]?.method ?? "push", asked);
    const next = now().getTime() + more.startsInMs;
    const taken = Array.from({ length: missing }, (_, place) => next + place * more.everyMs);
    for (const [place, at] of [...left, ...taken].entries()) times[from + place] = at;
    moving = undefined;
  };
  return async (place) => {
    for (;;) {
      const at = times[place] ?? 0;
      const earlyMs = at - now().getTime();
      if (earlyMs >= 1) await untilSlot(earlyMs);
      // Others of the slice may have found out meanwhile that they are late.
      if (moving) await moving;
      else if (at !== times[place]) continue;
      else if (now().getTime() - at <= lateMaxMs) return;
      else await (moving = move(place));
    }
  };
};
