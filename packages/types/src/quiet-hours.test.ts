import type { QuietHours } from "./send-rules.ts";
import { describe, expect, it } from "vitest";

import { quietUntil, zoneOf } from "./quiet-hours.ts";

const night: QuietHours = { from: "21:00", to: "08:00", zone: "Asia/Tokyo", do: "hold" };
const at = (time: string): Date => new Date(time);
const until = (quiet: QuietHours, time: string, zone = quiet.zone): string | undefined =>
  quietUntil(quiet, zone, at(time))?.toISOString();

describe("quietUntil", () => {
  it.each([
    ["20:59:59", undefined],
    ["21:00:00", "2026-11-26T23:00:00.000Z"],
    ["23:59:59", "2026-11-26T23:00:00.000Z"],
    ["07:59:59", "2026-11-25T23:00:00.000Z"],
    ["08:00:00", undefined],
    ["12:00:00", undefined],
  ])("at %s in Tokyo, over midnight, ends at %s", (time, end) => {
    expect(until(night, `2026-11-26T${time}+09:00`)).toBe(end);
  });

  it("lies within a day where the end is later, and is the whole day where it is the same", () => {
    const noon = { ...night, from: "12:00", to: "13:30" };
    expect(until(noon, "2026-11-26T13:29:10+09:00")).toBe("2026-11-26T04:30:00.000Z");
    expect(until(noon, "2026-11-26T11:59:00+09:00")).toBeUndefined();
    const always = { ...night, from: "09:00", to: "09:00" };
    expect(until(always, "2026-11-26T09:00:00+09:00")).toBe("2026-11-27T00:00:00.000Z");
    expect(until(always, "2026-11-26T08:59:00+09:00")).toBe("2026-11-26T00:00:00.000Z");
  });

  it("goes by the clock of the zone, also half an hour off and in summer", () => {
    expect(until(night, "2026-11-26T15:29:00Z", "Asia/Kolkata")).toBeUndefined(); // 20:59
    expect(until(night, "2026-11-26T15:30:00Z", "Asia/Kolkata")).toBe("2026-11-27T02:30:00.000Z");
    expect(until(night, "2026-07-01T19:00:00Z", "Europe/Berlin")).toBe("2026-07-02T06:00:00.000Z");
    expect(until(night, "2026-12-01T19:00:00Z", "Europe/Berlin")).toBeUndefined();
  });
});

describe("zoneOf", () => {
  it.each([
    [{ timezone: "America/New_York" }, "America/New_York"],
    [{ timezone: "Moon/Base" }, "Asia/Tokyo"],
    [{ timezone: "+09:00" }, "Asia/Tokyo"],
    [{ timezone: 9 }, "Asia/Tokyo"],
    [{}, "Asia/Tokyo"],
  ])("of %j is %s", (traits, zone) => {
    expect(zoneOf(traits, night)).toBe(zone);
  });
});
