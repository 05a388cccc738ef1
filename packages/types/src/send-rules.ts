import { z } from "zod";

import { checkAttributes } from "./json-values.ts";
import { limits } from "./limits.ts";

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day is HH:MM");

/** Whether this runtime knows the time zone by that name, as IANA writes it. */
export const isZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
};

/** A zone has rules for its clock; a fixed offset such as `+09:00` is none. */
export const zoneName = z
  .string()
  .max(64)
  .refine((name) => /^[A-Za-z]/.test(name) && isZone(name), "not a time zone, such as Asia/Tokyo");

/**
 * When people are left alone, by the clock of each person (trait `timezone`), or of `zone` where that is not known.
 * From `from` up to `to`, over midnight where `to` is earlier; the same time twice is the whole day.
 */
export const quietHours = z
  .strictObject({
    from: timeOfDay,
    to: timeOfDay,
    zone: zoneName,
    /** What becomes of a message in them: it waits until they are over, or is left out. */
    do: z.enum(["hold", "skip"]).default("hold"),
  })
  .refine(({ from, to, do: what }) => from !== to || what === "skip", {
    message: "hours that last the whole day are never over: do must be skip",
    path: ["do"],
  });
export type QuietHours = z.output<typeof quietHours>;

/** So many messages to one person within so many days, counted over all campaigns and messages with a purpose. */
export const frequencyCap = z.strictObject({
  messages: z.int().min(1).max(limits.capMessagesMax),
  days: z.int().min(1).max(limits.capDaysMax),
});
export type FrequencyCap = z.output<typeof frequencyCap>;

/**
 * A purpose of consent, as in `PUT /v1/profiles/:ref/consents/:purpose`. Only one that could be withdrawn there may be
 * sent for.
 */
export const purposeName = z
  .string()
  .min(1)
  .max(limits.purposeChars)
  .refine(
    (name) => checkAttributes({ [name]: true }, "purpose") === undefined,
    "a purpose is a name like that of a trait, without `$`, `.` and control characters",
  );

/** Not even those of the workspace. A word, since null is what is said by accident, and people are woken by that. */
const none = z.literal("none");

/** What decides at the moment of sending whether it is sent. Null is as if it was never said. */
export const sendRuleFields = {
  /** Nobody who withdrew their consent to it is sent anything, nor whoever did not give it where that is required. */
  purpose: purposeName.nullable().optional(),
  /** Nothing is tried from this time on; who was not sent anything by then is `skipped` with `expired`. */
  sendBefore: z.iso.datetime({ offset: true }).nullable().optional(),
  /** Where nothing is said, those of the workspace. */
  quietHours: z.union([quietHours, none]).nullable().optional(),
  cap: z.union([frequencyCap, none]).nullable().optional(),
};

/** As they were asked for; see `sendRuleFields`. What is null was not said. */
export interface SendRulesAsked {
  readonly sendBefore: Date | null;
  readonly quietHours?: QuietHours | "none" | null;
  readonly cap?: FrequencyCap | "none" | null;
}

export const sendRulesOf = ({
  sendBefore = null,
  quietHours: quiet = null,
  cap = null,
}: {
  readonly sendBefore?: string | null | undefined;
  readonly quietHours?: SendRulesAsked["quietHours"] | undefined;
  readonly cap?: SendRulesAsked["cap"] | undefined;
}): SendRulesAsked => ({
  sendBefore: sendBefore === null ? null : new Date(sendBefore),
  quietHours: quiet,
  cap,
});
