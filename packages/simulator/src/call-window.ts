/** Finds the worst second of a stream of calls. */
export interface CallWindow {
  add(nowMs: number): void;
  /** The most calls seen within any one second. */
  worst(): number;
}

const slotMs = 10;
const slots = 100;

/** Opens a sliding window of one second in steps of 10 ms; it may see a second 10 ms short, never long. */
export function createCallWindow(): CallWindow {
  const counts = new Uint32Array(slots);
  let newest = 0;
  let sum = 0;
  let worst = 0;
  return {
    add: (nowMs) => {
      const slot = Math.floor(nowMs / slotMs);
      const steps = Math.min(slot - newest, slots);
      for (let i = 1; i <= steps; i += 1) {
        const passed = (newest + i) % slots;
        sum -= counts[passed] as number;
        counts[passed] = 0;
      }
      if (slot > newest) newest = slot;
      counts[newest % slots] = (counts[newest % slots] as number) + 1;
      sum += 1;
      if (sum > worst) worst = sum;
    },
    worst: () => worst,
  };
}
