/** How long something takes that has to be over before calls can be made. */
export interface Lead {
  /** Hardly ever exceeded. */
  ms(): number;
  took(ms: number): void;
}

/** As TCP estimates round trips: a moving mean, and room for four times the mean deviation from it. */
export const createLead = (firstMs: number): Lead => {
  let mean = firstMs;
  let deviation = firstMs / 4;
  return {
    ms: () => Math.min(mean + 4 * deviation, leadMaxMs),
    took: (ms) => {
      deviation += (Math.abs(ms - mean) - deviation) / 4;
      mean += (ms - mean) / 8;
    },
  };
};

/** So that what was seen is not relied on for longer, however slow this process is. */
const leadMaxMs = 250;
