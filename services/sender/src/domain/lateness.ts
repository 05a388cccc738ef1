/** How late calls come to their slots, beyond what every slot has room for. */
export interface Lateness {
  /** With room for so many ticks more the last calls would have cost the least. */
  ticks(): number;
  was(lateMs: number): void;
}

export interface LatenessOptions {
  readonly roomMs: number;
  readonly tickMs: number;
  readonly ticksMax: number;
  /** What room for one tick more costs of the pace, and what one of all calls does that comes too late for its slot. */
  readonly tickCost: number;
  readonly lossCost: number;
  /** Milliseconds that only grow. */
  readonly now: () => number;
}

/** Counted over this and the last such time: a stop now and then is none, however long it is. */
const periodMs = 1_000;

export const createLateness = (options: LatenessOptions): Lateness => {
  const { roomMs, tickMs, ticksMax, tickCost, lossCost, now } = options;
  // The last of them is for what no room would do for, such as the way to a connection that was not there yet.
  const nothing = (): number[] => Array.from({ length: ticksMax + 2 }, () => 0);
  let [last, current] = [nothing(), nothing()];
  let since = now();
  const turnPages = (): void => {
    const ageMs = now() - since;
    if (ageMs < periodMs) return;
    [last, current] = [ageMs < 2 * periodMs ? current : nothing(), nothing()];
    since = now();
  };
  return {
    was: (lateMs) => {
      turnPages();
      const ticks = Math.min(Math.max(Math.ceil((lateMs - roomMs) / tickMs), 0), ticksMax + 1);
      current[ticks] = (current[ticks] ?? 0) + 1;
    },
    ticks: () => {
      turnPages();
      const calls = current.map((count, ticks) => count + (last[ticks] ?? 0));
      const all = calls.reduce((sum, count) => sum + count, 0);
      let late = all;
      let best = { ticks: 0, cost: Infinity };
      for (const [ticks, count] of calls.slice(0, ticksMax + 1).entries()) {
        late -= count;
        const cost = ticks * tickCost + (all === 0 ? 0 : (late / all) * lossCost);
        if (cost < best.cost) best = { ticks, cost };
      }
      return best.ticks;
    },
  };
};
