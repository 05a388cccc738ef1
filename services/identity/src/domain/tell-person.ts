import type { Profile } from "./profile.ts";
import type { Identify } from "./read-identify.ts";
import { consentTo, setConsent } from "./set-consent.ts";
import { setTraits } from "./set-traits.ts";

/** The person with what an identify call says of them; the same in whatever order calls are told. */
export const told = (
  known: Profile,
  call: Pick<Identify, "names" | "traits" | "consents">,
  at: Date,
): { readonly profile: Profile; readonly left: readonly string[] } => {
  const { user } = call.names;
  const { left, traits, traitTimes } = setTraits(known, call.traits, at);
  const answered = withConsents(known, call, at);
  const isNew = user !== undefined && !known.externalIds.includes(user);
  if (!isNew && traits === known.traits) return { profile: answered, left };
  const externalId = known.externalId ?? user ?? null;
  const externalIds = isNew ? [...known.externalIds, user] : known.externalIds;
  return { profile: { ...answered, traits, traitTimes, externalId, externalIds }, left };
};

/**
 * Whether an earlier try of this call was written to the person already, and was overtaken before the call had its end:
 * to tell it again would change nothing, and something in the profile bears the very time of it.
 */
export const hasHeard = (
  profile: Profile,
  call: Pick<Identify, "names" | "traits" | "consents">,
  at: Date,
): boolean => {
  const times = [
    ...Object.keys(call.traits).flatMap((key) =>
      Object.hasOwn(profile.traitTimes, key) ? (profile.traitTimes[key] ?? []) : [],
    ),
    ...Object.keys(call.consents).flatMap((purpose) => consentTo(profile, purpose)?.at ?? []),
  ];
  return (
    times.some((time) => time.getTime() === at.getTime()) &&
    told(profile, call, at).profile === profile
  );
};

/** The answers of an imported row. */
const withConsents = (
  profile: Profile,
  { consents }: Pick<Identify, "consents">,
  at: Date,
): Profile =>
  Object.entries(consents).reduce(
    (known, [purpose, granted]) => setConsent(known, { purpose, granted, source: "import" }, at),
    profile,
  );
