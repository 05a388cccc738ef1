import { told } from "./apply-identify.ts";
import type { InboxEvent } from "./inbox-event.ts";
import type { Profile } from "./profile.ts";
import { readIdentify } from "./read-identify.ts";

/** What a fact says of a person, apart from whose the names in it are. */
type Effect = (profile: Profile, event: InboxEvent) => Profile;

const identified: Effect = (profile, event) => {
  const call = readIdentify(event);
  return call ? told(profile, call, event.occurredAt).profile : profile;
};

const effects: Readonly<Record<string, Effect>> = { "track/identify": identified };

/** The types whose effect on a profile can be told again, as `source/type`. */
export const retoldTypes: readonly string[] = Object.keys(effects);

export const typeOf = ({ source, type }: InboxEvent): string => `${source}/${type}`;

/**
 * The profile with the effect of a fact that was told already. Each value keeps its newest word, so facts can be told
 * again in any order and any number of times.
 */
export const retell: Effect = (profile, event) =>
  effects[typeOf(event)]?.(profile, event) ?? profile;
