import type { FrequencyCap, QuietHours, WorkspacePatch } from "@yubin/types";

import { Misuse } from "./misuse.ts";

/** Rules as they are typed. */
export interface TypedRules extends Omit<WorkspacePatch, "quietHours" | "cap" | "consentRequired"> {
  readonly quietHours?: string;
  readonly cap?: string;
  readonly consentRequired?: readonly string[];
}

/** What they mean; whether there are such hours and such a zone is Yubin's to judge. */
export const rulesFrom = ({
  quietHours,
  cap,
  consentRequired,
  ...others
}: TypedRules): WorkspacePatch => ({
  ...others,
  ...(quietHours === undefined ? {} : { quietHours: quietHoursFrom(quietHours) }),
  ...(cap === undefined ? {} : { cap: capFrom(cap) }),
  ...(consentRequired === undefined ? {} : { consentRequired: purposesFrom(consentRequired) }),
});

const quietHoursFrom = (text: string): QuietHours | null => {
  if (text === "none") return null;
  const [, from, to, zone, what] = /^(\S+)-(\S+) (\S+?)(?: (hold|skip))?$/.exec(text) ?? [];
  if (from === undefined || to === undefined || zone === undefined)
    throw new Misuse('write quiet hours as "22:00-08:00 Asia/Tokyo", with skip behind it, or none');
  return { from, to, zone, do: what === "skip" ? "skip" : "hold" };
};

const capFrom = (text: string): FrequencyCap | null => {
  if (text === "none") return null;
  const [, messages, days] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  if (messages === undefined || days === undefined)
    throw new Misuse("write a cap as 3/7 for 3 messages in 7 days, or none");
  return { messages: Number(messages), days: Number(days) };
};

/** Purposes, each a word of its own. */
const purposesFrom = (words: readonly string[]): string[] =>
  words.length === 1 && words[0] === "none" ? [] : [...words];
