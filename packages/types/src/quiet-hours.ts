import { isZone, type QuietHours } from "./send-rules.ts";

const minuteMs = 60_000;
const dayMinutes = 1_440;

/** The zone a person lives in, where they told it, else the rule's own. */
export const zoneOf = (
  traits: Readonly<Record<string, unknown>>,
  { zone }: Pick<QuietHours, "zone">,
): string => {
  const told = Object.hasOwn(traits, "timezone") ? traits["timezone"] : undefined;
  return typeof told === "string" && clockOf(told) ? told : zone;
};

/**
 * When the quiet hours end that a moment lies in; undefined where it lies in none. Where a clock is put forward or back
 * in between it is an hour off, and whoever waits for it looks again.
 */
export const quietUntil = (quiet: QuietHours, zone: string, now: Date): Date | undefined => {
  const minute = minuteOfDay(zone, now);
  const [from, to] = [minutesIn(quiet.from), minutesIn(quiet.to)];
  const isQuiet = from < to ? minute >= from && minute < to : minute >= from || minute < to;
  if (!isQuiet) return undefined;
  const left = (to - minute + dayMinutes) % dayMinutes || dayMinutes;
  const wholeMinute = Math.floor(now.getTime() / minuteMs) * minuteMs;
  return new Date(wholeMinute + left * minuteMs);
};

const minutesIn = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** Making a clock costs a thousand times more than reading it; people write many zones, and some nonsense. */
const clocks = new Map<string, { readonly format: Intl.DateTimeFormat | undefined }>();
const clocksMax = 1_000;

const clockOf = (zone: string): Intl.DateTimeFormat | undefined => {
  const known = clocks.get(zone);
  if (known) return known.format;
  const format =
    /^[A-Za-z]/.test(zone) && zone.length <= 64 && isZone(zone)
      ? new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" })
      : undefined;
  if (clocks.size >= clocksMax) clocks.clear();
  clocks.set(zone, { format });
  return format;
};

const minuteOfDay = (zone: string, now: Date): number => {
  const text = clockOf(zone)?.format(now);
  if (text === undefined) throw new Error("a zone was not checked where it came in");
  return minutesIn(text);
};
