import type { FrequencyCap, QuietHours } from "@yubin/types";

/** When people are left alone. */
export const quietText = (quiet: QuietHours | "none" | null): string =>
  quiet === null || quiet === "none"
    ? "none"
    : `${quiet.from} to ${quiet.to} ${quiet.zone}, ${quiet.do}`;

/** How much one person may be sent. */
export const capText = (cap: FrequencyCap | "none" | null): string =>
  cap === null || cap === "none" ? "none" : `${cap.messages} messages in ${cap.days} days`;
