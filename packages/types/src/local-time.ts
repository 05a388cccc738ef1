import { z } from "zod";

import { zoneName } from "./send-rules.ts";

/** A time on the clock of a zone, as people plan: `2026-12-24T10:00`; or a moment, with its offset. */
export const schedule = z.strictObject({
  at: z.union([
    z
      .string()
      .regex(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/,
        "a time is YYYY-MM-DDTHH:MM on the clock of its zone, or RFC 3339 with an offset",
      ),
    z.iso.datetime({ offset: true }),
  ]),
  zone: zoneName,
});
export type Schedule = z.output<typeof schedule>;

const minuteMs = 60_000;
/** Further than any clock was ever put forward or back. */
const searchMs = 3 * 3_600_000;

/**
 * The moment that a schedule means. Undefined where there is none: a day that does not exist, or a time that a clock
 * skips when it is put forward. Of a time that comes twice, when it is put back, the first.
 */
export const momentOf = ({ at, zone }: Schedule): Date | undefined => {
  if (/(Z|[+-]\d\d:\d\d)$/.test(at)) return new Date(at);
  const wanted = Date.parse(`${at.length === 16 ? `${at}:00` : at}Z`);
  if (Number.isNaN(wanted) || !new Date(wanted).toISOString().startsWith(at)) return undefined;
  const guess = wanted - offsetMs(zone, wanted);
  // Two offsets are possible near a change: the one from before it, and the one from after it.
  const moments = [guess - searchMs, guess + searchMs].map((near) => wanted - offsetMs(zone, near));
  const right = moments.filter((moment) => moment + offsetMs(zone, moment) === wanted);
  return right.length === 0 ? undefined : new Date(Math.min(...right));
};

/** How far the clock of a zone is ahead of UTC at a moment. */
const offsetMs = (zone: string, moment: number): number => {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(moment);
  const part = (type: string): number =>
    Number(parts.find((one) => one.type === type)?.value ?? Number.NaN);
  const local = Date.UTC(
    part("year"),
    part("month") - 1,
    part("day"),
    part("hour"),
    part("minute"),
    part("second"),
  );
  return Math.round((local - moment) / minuteMs) * minuteMs;
};
