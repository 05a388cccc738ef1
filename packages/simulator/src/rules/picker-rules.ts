import type { JsonObject } from "../json.ts";
import { entryOf, isAbsent } from "./problem.ts";
import type { Report } from "./problem.ts";

/** What completes a time of each mode to a moment, and the mode's own form. */
const modes: Readonly<Record<string, { form: RegExp; momentOf: (time: string) => string }>> = {
  date: { form: /^\d{4}-\d\d-\d\d$/, momentOf: (time) => `${time}T00:00` },
  time: { form: /^\d\d:\d\d$/, momentOf: (time) => `2000-01-01T${time}` },
  datetime: { form: /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d$/, momentOf: (time) => time.toUpperCase() },
};

const earliest = "1900-01-01T00:00";
const latest = "2100-12-31T23:59";

/** Checks the mode and the times of a datetime picker. */
export function checkPickedTimes(report: Report, object: JsonObject, path: string): void {
  const mode = entryOf(modes, object["mode"]);
  if (!mode) {
    report.add(`${path}.mode`, "Must be one of the following values: [date, time, datetime]");
    return;
  }
  const moments = new Map<string, string>();
  for (const name of ["initial", "max", "min"]) {
    const time = object[name];
    if (isAbsent(time)) continue;
    const moment = typeof time === "string" && mode.form.test(time) ? mode.momentOf(time) : "";
    if (isMoment(moment)) moments.set(name, moment);
    else report.add(`${path}.${name}`, "Must be a time of this mode");
  }
  const [max, min] = [moments.get("max"), moments.get("min")];
  if (max !== undefined && min !== undefined && min >= max) {
    report.add(`${path}.max`, "Must be greater than min");
  }
}

function isMoment(moment: string): boolean {
  if (moment < earliest || moment > latest) return false;
  const at = new Date(`${moment}:00Z`);
  // A day that is not on the calendar would be read as one of the next month.
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(moment);
}
