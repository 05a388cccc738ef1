/** The same seed gives the same choices. */
export interface SeededRandom {
  /** A whole number from 0 to `below`, without it. */
  below(below: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

export const createSeededRandom = (seed: number): SeededRandom => {
  let state = seed >>> 0 || 1;
  // xorshift32: plenty for choosing whom to kill.
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 0x1_0000_0000;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    below,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error("nothing to pick from");
      return item;
    },
  };
};
