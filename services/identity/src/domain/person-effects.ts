import type { CommandBody } from "@yubin/types";

import type { Profile } from "./profile.ts";
import { consentTo, setConsent } from "./set-consent.ts";
import { setSuppression } from "./set-suppression.ts";
import { setTraits, takenAway } from "./set-traits.ts";

/** The commands that are about one profile and nothing else. */
export type PersonEffect = "patch" | "consent" | "suppress";

type Effects = {
  readonly [Command in PersonEffect]: (
    profile: Profile,
    body: CommandBody<Command>,
    at: Date,
  ) => Profile;
};

/** What each does. They may be done again and in any order: the result is the same. */
export const personEffects: Effects = {
  patch: (profile, { traits }, at) => {
    const { left: _, ...set } = setTraits(profile, toldOf(traits), at);
    return set.traits === profile.traits && set.traitTimes === profile.traitTimes
      ? profile
      : { ...profile, ...set };
  },
  consent: setConsent,
  suppress: setSuppression,
};

type HasRoom = {
  readonly [Command in PersonEffect]: (
    profile: Profile,
    body: CommandBody<Command>,
    at: Date,
  ) => boolean;
};

/** Whether the profile has room for all that a command says. */
export const hasRoomFor: HasRoom = {
  patch: (profile, { traits }, at) => setTraits(profile, toldOf(traits), at).left.length === 0,
  consent: (profile, body, at) =>
    consentTo(setConsent(profile, body, at), body.purpose) !== undefined,
  suppress: () => true,
};

/** In a patch, null takes a trait away; in an identify call it is a value. */
const toldOf = (traits: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(traits).map(([key, value]) => [key, value === null ? takenAway : value]),
  );
