import { lineRates } from "./endpoints.ts";
import type { Endpoint, Rate } from "./endpoints.ts";

/** The token buckets of every channel and endpoint. */
export interface RateBuckets {
  /** Takes one call out of the bucket; false when it is empty. */
  take(channel: RatedChannel, endpoint: Endpoint): boolean;
}

/** What a bucket must know of its channel. */
export interface RatedChannel {
  readonly channelId: string;
  readonly rates: Partial<Record<Endpoint, Rate>>;
}

/** Opens full buckets. LINE does not tell their capacity; here it is one period's worth. */
export function createRateBuckets(now: () => number): RateBuckets {
  const buckets = new Map<string, Bucket>();
  return {
    take: (channel, endpoint) => {
      const rate = channel.rates[endpoint] ?? lineRates[endpoint];
      const key = `${channel.channelId}/${endpoint}`;
      let bucket = buckets.get(key);
      if (!bucket) {
        bucket = { left: rate.limit, filledAtMs: now() };
        buckets.set(key, bucket);
      }
      refill(bucket, rate, now());
      if (bucket.left < 1) return false;
      bucket.left -= 1;
      return true;
    },
  };
}

interface Bucket {
  left: number;
  filledAtMs: number;
}

function refill(bucket: Bucket, rate: Rate, nowMs: number): void {
  const grown = ((nowMs - bucket.filledAtMs) * rate.limit) / rate.perMs;
  bucket.left = Math.min(rate.limit, bucket.left + grown);
  bucket.filledAtMs = nowMs;
}
