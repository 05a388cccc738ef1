import type { Profile } from "./profile.ts";

export interface SuppressionTold {
  readonly suppressed: boolean;
  readonly reason: string;
}

/**
 * The profile with the newest word on whether this person may be sent anything, whatever the order in which words come;
 * of two of one time the standing "do not send" stays.
 */
export const setSuppression = (
  profile: Profile,
  { suppressed, reason }: SuppressionTold,
  at: Date,
): Profile => {
  if (!isNewer({ suppressed, reason, at }, profile)) return profile;
  return { ...profile, suppression: suppressed ? { at, reason } : null, suppressionAt: at };
};

const isNewer = (
  { suppressed, reason, at }: SuppressionTold & { readonly at: Date },
  { suppression, suppressionAt }: Profile,
): boolean => {
  if (suppressionAt === null) return true;
  if (at.getTime() !== suppressionAt.getTime()) return at > suppressionAt;
  if (!suppressed) return false;
  return suppression === null || reason > suppression.reason;
};
