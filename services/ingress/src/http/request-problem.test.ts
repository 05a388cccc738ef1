import { Failure } from "@yubin/errors";
import { campaignPatch } from "@yubin/types";
import { expect, it } from "vitest";

import { checked } from "./request-problem.ts";

const problemOf = (given: object): string => {
  try {
    checked(campaignPatch, given);
  } catch (error) {
    if (error instanceof Failure) return `${error.field ?? ""}: ${error.message}`;
  }
  return "nothing";
};

const hours = { from: "22:00", to: "08:00", zone: "Asia/Tokyo" };
const zone = "Asia/Tokyo";

it.each([
  [
    { quietHours: { ...hours, to: "22:00" } },
    "quietHours.do: hours that last the whole day are never over: do must be skip",
  ],
  [{ quietHours: { ...hours, to: "8:00" } }, "quietHours.to: a time of day is HH:MM"],
  [{ quietHours: { from: "22:00", to: "08:00" } }, "quietHours.zone: this field is required"],
  [
    { quietHours: { ...hours, zone: "Tokyo" } },
    "quietHours.zone: not a time zone, such as Asia/Tokyo",
  ],
  [
    { schedule: { at: "2026-12-24 10:00", zone } },
    "schedule.at: a time is YYYY-MM-DDTHH:MM on the clock of its zone, or RFC 3339 with an offset",
  ],
  [{ schedule: { zone } }, "schedule.at: this field is required"],
  [{ sendBefore: "tomorrow" }, "sendBefore: not an RFC 3339 time with a zone"],
  [{ cap: { messages: 0, days: 7 } }, "cap.messages: at least 1"],
  [{ cap: { messages: 1.5, days: 7 } }, "cap.messages: must be of type int"],
  [{ cap: { messages: 1, days: 91 } }, "cap.days: at most 90"],
  [{ name: "" }, "name: at least 1 character"],
  [{ audience: { type: "refs", refs: [] } }, "audience.refs: at least 1 entry"],
  [{ quota: "all" }, "quota: not one of the values that this field takes"],
])("%j is told as what is wrong with it", (given, problem) => {
  expect(problemOf(given)).toBe(problem);
});
