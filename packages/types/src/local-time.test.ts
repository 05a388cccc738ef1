import { expect, it } from "vitest";

import { momentOf } from "./local-time.ts";

it.each([
  ["2026-12-24T10:00", "Asia/Tokyo", "2026-12-24T01:00:00.000Z"],
  ["2026-12-24T10:00:30", "Asia/Tokyo", "2026-12-24T01:00:30.000Z"],
  ["2026-12-24T10:00", "Asia/Kolkata", "2026-12-24T04:30:00.000Z"],
  ["2026-07-01T10:00", "America/New_York", "2026-07-01T14:00:00.000Z"],
  ["2026-12-24T10:00+09:00", "Europe/Berlin", "2026-12-24T01:00:00.000Z"],
  ["2028-02-29T00:00", "Asia/Taipei", "2028-02-28T16:00:00.000Z"],
  // Around the change to summer time in Berlin, at 02:00 of 2026-03-29: 02:00 to 02:59 is skipped.
  ["2026-03-29T01:59", "Europe/Berlin", "2026-03-29T00:59:00.000Z"],
  ["2026-03-29T02:00", "Europe/Berlin", undefined],
  ["2026-03-29T02:30", "Europe/Berlin", undefined],
  ["2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00:00.000Z"],
  // And back, at 03:00 of 2026-10-25: 02:00 to 02:59 comes twice.
  ["2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00.000Z"],
  ["2026-10-25T03:00", "Europe/Berlin", "2026-10-25T02:00:00.000Z"],
  // By half an hour.
  ["2026-10-04T02:15", "Australia/Lord_Howe", undefined],
  ["2026-10-04T02:30", "Australia/Lord_Howe", "2026-10-03T15:30:00.000Z"],
  ["2026-02-30T10:00", "Asia/Tokyo", undefined],
  ["2026-13-01T10:00", "Asia/Tokyo", undefined],
  ["2026-01-01T24:00", "Asia/Tokyo", undefined],
])("%s in %s is %s", (at, zone, moment) => {
  expect(momentOf({ at, zone })?.toISOString()).toBe(moment);
});
