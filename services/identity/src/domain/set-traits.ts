import { limits } from "@yubin/types";

import type { Profile } from "./profile.ts";

type Traits = Pick<Profile, "traits" | "traitTimes">;

export interface TraitsSet extends Traits {
  /** Those for which there was no room. */
  readonly left: readonly string[];
}

/** Told of a trait that is taken away. */
export const takenAway = undefined;

/** Names with a time, those of traits taken away included: each keeps an older call from bringing its trait back. */
const traitTimesMax = limits.traitsMax * 10;

/**
 * Sets traits as of a time, or takes them away. Each keeps its newest value, so the order in which calls are applied
 * does not matter; of two values of one time the one later in the alphabet stays, since any rule serves that everybody
 * finds the same by, and a value stays before none.
 */
export const setTraits = (
  known: Traits,
  told: Readonly<Record<string, unknown>>,
  at: Date,
): TraitsSet => {
  const traits = new Map(Object.entries(known.traits));
  const times = new Map(Object.entries(known.traitTimes));
  const left: string[] = [];
  let changed = false;
  for (const [key, value] of Object.entries(told)) {
    const since = times.get(key);
    if (since && !isNewerValue({ value, at }, { value: traits.get(key), at: since })) continue;
    const isFull = value !== takenAway && !traits.has(key) && traits.size >= limits.traitsMax;
    if (isFull || (!since && times.size >= traitTimesMax)) {
      left.push(key);
      continue;
    }
    if (value === takenAway) traits.delete(key);
    else traits.set(key, value);
    times.set(key, at);
    changed = true;
  }
  if (!changed) return { ...known, left };
  return { traits: Object.fromEntries(traits), traitTimes: Object.fromEntries(times), left };
};

export interface Told {
  readonly value: unknown;
  readonly at: Date;
}

/** Whether one word about a trait wins over another. */
export const isNewerValue = (one: Told, other: Told): boolean =>
  one.at.getTime() === other.at.getTime()
    ? (JSON.stringify(one.value) ?? "") > (JSON.stringify(other.value) ?? "")
    : one.at > other.at;
