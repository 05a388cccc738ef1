import { Failure } from "@yubin/errors";
import { limits, type ChannelLimits } from "@yubin/types";

/** All that LINE allows. */
export const lineLimits: ChannelLimits = {
  push: limits.pushPerSecond,
  multicast: limits.multicastPerSecond,
};

/** What is more than LINE's own would only be refused by LINE, and what is nothing would send nothing for ever. */
export const checkLimits = (asked: ChannelLimits): ChannelLimits => {
  for (const method of ["push", "multicast"] as const) {
    const [given, max] = [asked[method], lineLimits[method]];
    if (!Number.isInteger(given) || given < 1 || given > max)
      throw new Failure(
        "rate_out_of_range",
        `a whole number of calls a second, from 1 to LINE's ${max}`,
        { field: `limits.${method}` },
      );
  }
  return asked;
};
