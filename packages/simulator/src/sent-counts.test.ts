import { expect, it } from "vitest";
import { createSentCounts } from "./sent-counts.ts";

it("tells a day's number on the day after", () => {
  const time = { ms: Date.parse("2026-05-01T03:00:00Z") };
  const counts = createSentCounts(() => time.ms);
  counts.add("c", "push", 3);
  expect(counts.of("c", "push", "20260501")).toEqual({ status: "unready" });
  time.ms += 86_400_000;
  expect(counts.of("c", "push", "20260501")).toEqual({ status: "ready", success: 3 });
  expect(counts.of("c", "multicast", "20260501")).toEqual({ status: "ready", success: 0 });
  expect(counts.of("c", "push", "20180330")).toEqual({ status: "out_of_service" });
});
