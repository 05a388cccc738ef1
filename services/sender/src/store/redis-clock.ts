/** What the clock of Redis says here. */
export interface RedisClock {
  /** An answer said what time it is, in milliseconds; asked and answered by our own clock. */
  heard(redisMs: number, askedAt: number, answeredAt: number): void;
  /** How far it is ahead of our own one, in milliseconds. */
  aheadMs(): number;
}

/**
 * An answer tells the time as exactly as it was fast, so the fastest one is believed, as long as clocks do not drift
 * apart by more than it was slow. One that it cannot be true beside is from another Redis, or a clock that was set.
 */
export const createRedisClock = (): RedisClock => {
  let best = { aheadMs: 0, errorMs: Infinity, at: 0 };
  return {
    heard: (redisMs, askedAt, answeredAt) => {
      const errorMs = (answeredAt - askedAt) / 2;
      const aheadMs = redisMs - (askedAt + answeredAt) / 2;
      const bestErrorMs = best.errorMs + (answeredAt - best.at) * driftShare;
      const isAnother = Math.abs(aheadMs - best.aheadMs) > errorMs + bestErrorMs + 1;
      if (errorMs <= bestErrorMs || isAnother) best = { aheadMs, errorMs, at: answeredAt };
    },
    aheadMs: () => best.aheadMs,
  };
};

/** Far more than clocks of computers drift. */
const driftShare = 0.0005;
