import { isNewerValue } from "./set-traits.ts";
import { mergeAccounts } from "./merge-accounts.ts";
import type { MergedValue } from "./merge.ts";
import type { Consent, Profile } from "./profile.ts";

export interface Absorbed {
  readonly profile: Profile;
  /** What was decided, value by value, without the values themselves. */
  readonly values: readonly MergedValue[];
}

/**
 * The merge law: the survivor with everything that the loser was. Where both say something, an identified person's
 * value stays before an anonymous one's, then the newest; of consents the stricter; a suppression sticks. LINE accounts
 * are all kept. The result does not depend on who computes it, or how often.
 */
export const absorb = (survivor: Profile, loser: Profile): Absorbed => {
  const values: MergedValue[] = [];
  const externalId = externalIdOf(survivor, loser, values);
  const traits = traitsOf(survivor, loser, values);
  const consents = consentsOf(survivor, loser, values);
  const suppression = suppressionOf(survivor, loser, values);
  return {
    profile: {
      ...survivor,
      externalId,
      externalIds: [...new Set([...survivor.externalIds, ...loser.externalIds])],
      ...traits,
      consents,
      ...suppression,
      lineAccounts: mergeAccounts(survivor.lineAccounts, loser.lineAccounts),
      notSameAs: [...new Set([...survivor.notSameAs, ...loser.notSameAs])],
      mergedFrom: [...survivor.mergedFrom, loser.id, ...loser.mergedFrom],
    },
    values,
  };
};

const externalIdOf = (survivor: Profile, loser: Profile, values: MergedValue[]): string | null => {
  if (survivor.externalId === null && loser.externalId === null) return null;
  if (survivor.externalId === null || loser.externalId === null) {
    const from = survivor.externalId === null ? "from" : "into";
    values.push({ field: "externalId", from, because: "only" });
    return survivor.externalId ?? loser.externalId;
  }
  const from = loser.lendsExternalId ? "from" : "into";
  values.push({ field: "externalId", from, because: loser.lendsExternalId ? "asked" : "older" });
  return loser.lendsExternalId ? loser.externalId : survivor.externalId;
};

const traitsOf = (
  survivor: Profile,
  loser: Profile,
  values: MergedValue[],
): Pick<Profile, "traits" | "traitTimes"> => {
  const traits: [string, unknown][] = [];
  const times: [string, Date][] = [];
  // A trait that was taken away has its time and no value, and counts like any other word.
  for (const key of new Set([...keysOf(survivor), ...keysOf(loser)])) {
    const { from, because } = chooseTrait(key, survivor, loser);
    values.push({ field: `traits.${key}`, from, because });
    const chosen = from === "into" ? survivor : loser;
    if (Object.hasOwn(chosen.traits, key)) traits.push([key, chosen.traits[key]]);
    const time = chosen.traitTimes[key];
    if (time) times.push([key, time]);
  }
  return { traits: Object.fromEntries(traits), traitTimes: Object.fromEntries(times) };
};

const keysOf = ({ traits, traitTimes }: Profile): string[] => [
  ...Object.keys(traits),
  ...Object.keys(traitTimes),
];

const chooseTrait = (
  key: string,
  survivor: Profile,
  loser: Profile,
): Pick<MergedValue, "from" | "because"> => {
  if (!knows(survivor, key)) return { from: "from", because: "only" };
  if (!knows(loser, key)) return { from: "into", because: "only" };
  const isKnown = survivor.externalId !== null;
  if (isKnown !== (loser.externalId !== null))
    return { from: isKnown ? "into" : "from", because: "identified" };
  const told = (profile: Profile) => ({
    value: profile.traits[key],
    at: profile.traitTimes[key] ?? profile.createdAt,
  });
  return {
    from: isNewerValue(told(loser), told(survivor)) ? "from" : "into",
    because: "newest",
  };
};

const knows = ({ traits, traitTimes }: Profile, key: string): boolean =>
  Object.hasOwn(traits, key) || Object.hasOwn(traitTimes, key);

const consentsOf = (
  survivor: Profile,
  loser: Profile,
  values: MergedValue[],
): Profile["consents"] => {
  const purposes = new Set([...Object.keys(survivor.consents), ...Object.keys(loser.consents)]);
  return Object.fromEntries(
    [...purposes].map((purpose) => {
      const field = `consents.${purpose}`;
      const [ours, theirs] = [survivor.consents[purpose], loser.consents[purpose]];
      if (!ours || !theirs) {
        values.push({ field, from: ours ? "into" : "from", because: "only" });
        return [purpose, (ours ?? theirs) as Consent];
      }
      const because = ours.granted === theirs.granted ? "newest" : "stricter";
      const isOurs = because === "stricter" ? !ours.granted : ours.at >= theirs.at;
      values.push({ field, from: isOurs ? "into" : "from", because });
      return [purpose, isOurs ? ours : theirs];
    }),
  );
};

const suppressionOf = (
  survivor: Profile,
  loser: Profile,
  values: MergedValue[],
): Pick<Profile, "suppression" | "suppressionAt"> => {
  const { suppression: ours } = survivor;
  const { suppression: theirs } = loser;
  if (ours || theirs) {
    const isOurs = ours !== null && (theirs === null || ours.at >= theirs.at);
    const because = ours && theirs ? "newest" : "stricter";
    values.push({ field: "suppression", from: isOurs ? "into" : "from", because });
    const chosen = isOurs ? survivor : loser;
    return { suppression: chosen.suppression, suppressionAt: chosen.suppressionAt };
  }
  const at = [survivor.suppressionAt, loser.suppressionAt].filter((one) => one !== null);
  return {
    suppression: null,
    suppressionAt: at.length === 0 ? null : new Date(Math.max(...at.map(Number))),
  };
};
