import { expect, it } from "vitest";
import { createRateBuckets } from "./rate-buckets.ts";

const setup = () => {
  const time = { ms: 0 };
  const buckets = createRateBuckets(() => time.ms);
  const drain = (channelId: string, endpoint: "push" | "broadcast") => {
    let taken = 0;
    while (taken < 10_000 && buckets.take(channel(channelId), endpoint)) taken += 1;
    return taken;
  };
  return { time, drain };
};

it("lets a bucketful through and then refills at the rate", () => {
  const { time, drain } = setup();
  expect(drain("c", "push")).toBe(10);
  time.ms = 300;
  expect(drain("c", "push")).toBe(3);
  time.ms = 60_000;
  expect(drain("c", "push")).toBe(10);
});

it("gives every channel and endpoint a bucket of its own, at LINE's rate by default", () => {
  const { drain } = setup();
  expect(drain("c1", "push")).toBe(10);
  expect(drain("c2", "push")).toBe(10);
  expect(drain("c1", "broadcast")).toBe(60);
});

const channel = (channelId: string) => ({
  channelId,
  rates: { push: { limit: 10, perMs: 1_000 } },
});
