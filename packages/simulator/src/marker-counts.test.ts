import { expect, it } from "vitest";
import { createMarkerCounts } from "./marker-counts.ts";

it("counts by recipient and marker and tells repeats", () => {
  const counts = createMarkerCounts();
  expect(counts.add("c", "m", ["U1"])).toBe(0);
  expect(counts.add("c", "m", ["U1"])).toBe(1);
  expect(counts.add("c", "m", ["U2", "U3", "U3"])).toBe(1);
  expect(counts.add("c", "other", ["U1"])).toBe(0);
  expect(Object.fromEntries(counts.recipients("m"))).toEqual({ U1: 2, U2: 1, U3: 2 });
  expect(counts.list({ prefix: "m" })).toEqual([
    { marker: "m", channelId: "c", recipients: 3, accepted: 5 },
  ]);
  expect(Object.fromEntries(counts.receivedBy("U1"))).toEqual({ m: 2, other: 1 });
});

it("keeps channels apart", () => {
  const counts = createMarkerCounts();
  counts.add("c1", "m", ["U1"]);
  expect(counts.add("c2", "m", ["U1"])).toBe(0);
  expect(counts.recipients("m", "c1").get("U1")).toBe(1);
  expect(counts.recipients("m").get("U1")).toBe(2);
  expect(counts.count("c1")).toBe(1);
  expect(counts.list({ limit: 1 })).toHaveLength(1);
});
