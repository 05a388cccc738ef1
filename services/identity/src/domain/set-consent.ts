import { limits } from "@yubin/types";

import type { Consent, Profile } from "./profile.ts";

/** What somebody said to one purpose. */
export interface ConsentTold {
  readonly purpose: string;
  readonly granted: boolean;
  /** Through what it was given, in the caller's words. */
  readonly source: string;
}

/**
 * The profile with the newest word on a purpose, whatever the order in which words come; of two of one time a no stays.
 * A purpose for which there is no room is left out.
 */
export const setConsent = (
  profile: Profile,
  { purpose, granted, source }: ConsentTold,
  at: Date,
): Profile => {
  const told = { granted, at, source };
  const known = consentTo(profile, purpose);
  if (known && !isNewer(told, known)) return profile;
  if (!known && Object.keys(profile.consents).length >= limits.consentsMax) return profile;
  return { ...profile, consents: { ...profile.consents, [purpose]: told } };
};

/** Purposes are callers' words, so what every object has is none of them. */
export const consentTo = ({ consents }: Profile, purpose: string): Consent | undefined =>
  Object.hasOwn(consents, purpose) ? consents[purpose] : undefined;

const isNewer = (one: Consent, other: Consent): boolean => {
  if (one.at.getTime() !== other.at.getTime()) return one.at > other.at;
  return one.granted === other.granted ? one.source > other.source : other.granted;
};
