import { expect, it } from "vitest";
import { createClock, lineDay, lineMonth } from "./clock.ts";

it("runs with its source and jumps ahead when told to", () => {
  let machineMs = 1_000;
  const clock = createClock(() => machineMs);
  clock.advance(500);
  machineMs += 1;
  expect(clock.now()).toBe(1_501);
  expect(() => clock.advance(-1)).toThrow("time only moves forward");
});

it("counts days and months in Japan", () => {
  const lateOnNewYearsEve = Date.parse("2026-12-31T15:00:00Z");
  expect(lineDay(lateOnNewYearsEve)).toBe("20270101");
  expect(lineMonth(lateOnNewYearsEve - 1)).toBe("202612");
});
