import { ipKeyGenerator, MemoryStore, type Options } from "express-rate-limit";

/** Bounds how often one address asks for links, and much sooner how often for links that are not there. */
export interface LinkLimits {
  /** False where the address has asked too often. */
  take(address: string): Promise<boolean>;
  /** Counts a link that was not there. */
  missed(address: string): Promise<void>;
  close(): void;
}

const windowMs = 60_000;
/** Many phones share an address, and each page that waits asks every few seconds. */
const asksMax = 1_200;
/** Nobody opens wrong links by the dozen but who guesses; at 192 bits for nothing. */
const missesMax = 60;

export const createLinkLimits = (): LinkLimits => {
  const asks = openStore();
  const misses = openStore();
  // IPv6 by its /64, which is what one customer has.
  const keyOf = (address: string): string => ipKeyGenerator(address, 64);
  return {
    take: async (address) => {
      const seen = await misses.get(keyOf(address));
      if (seen && seen.totalHits >= missesMax) return false;
      return (await asks.increment(keyOf(address))).totalHits <= asksMax;
    },
    missed: async (address) => {
      await misses.increment(keyOf(address));
    },
    close: () => {
      asks.shutdown();
      misses.shutdown();
    },
  };
};

const openStore = (): MemoryStore => {
  const store = new MemoryStore();
  store.init({ windowMs } as Options);
  return store;
};
