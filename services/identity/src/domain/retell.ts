import { personCommands, trackFacts, type CommandBody } from "@yubin/types";

import type { InboxEvent } from "./inbox-event.ts";
import { personEffects, type PersonEffect } from "./person-effects.ts";
import type { Profile } from "./profile.ts";
import { readIdentify, withoutTraits } from "./read-identify.ts";
import { told } from "./tell-person.ts";

/** What a fact says of a person, apart from whose the names in it are. */
type Effect = (profile: Profile, event: InboxEvent) => Profile;

const identified: Effect = (profile, event) => {
  const call = readIdentify(event);
  return call ? told(profile, call, event.occurredAt).profile : profile;
};

const commanded =
  <Command extends PersonEffect>(command: Command): Effect =>
  (profile, { body, occurredAt }) => {
    const parsed = personCommands[command].safeParse(body);
    return parsed.success
      ? personEffects[command](profile, parsed.data as CommandBody<Command>, occurredAt)
      : profile;
  };

const renamed: Effect = (profile, { body }) => {
  const parsed = trackFacts.alias.safeParse(body);
  if (!parsed.success || profile.externalIds.includes(parsed.data.userId)) return profile;
  const { userId } = parsed.data;
  return { ...profile, externalId: userId, externalIds: [...profile.externalIds, userId] };
};

const effects: Readonly<Record<string, Effect>> = {
  "track/identify": identified,
  "track/track": (profile, event) => identified(profile, withoutTraits(event)),
  "track/alias": renamed,
  "api/patch": commanded("patch"),
  "api/consent": commanded("consent"),
  "api/suppress": commanded("suppress"),
};

/** The types whose effect on a profile can be told again, as `source/type`. */
export const retoldTypes: readonly string[] = Object.keys(effects);

export const typeOf = ({ source, type }: InboxEvent): string => `${source}/${type}`;

/**
 * The profile with the effect of a fact that was told already. Each value keeps its newest word, so facts can be told
 * again in any order and any number of times.
 */
export const retell: Effect = (profile, event) =>
  effects[typeOf(event)]?.(profile, event) ?? profile;
