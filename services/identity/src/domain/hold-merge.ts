import { limits } from "@yubin/types";

import type { Merge } from "./merge.ts";
import type { Owner } from "./owner.ts";
import { familyOf, type Profile } from "./profile.ts";

/** What a workspace wants of merging. */
export interface MergeRules {
  /** What becomes of a LINE ID that a second known person claims. */
  readonly conflictPolicy: "hold" | "last_proof_wins";
  /** More merges by themselves into one person within an hour are a storm, such as by an id that many devices share. */
  readonly mergesPerHourMax: number;
  readonly now: Date;
}

/**
 * Why two profiles are not merged by themselves: each has an external id of its own, people told them apart before, the
 * survivor absorbed too many within this hour, or together they would be too much.
 */
export type HoldReason = "external_ids" | "undone" | "merge_rate" | "limit";

interface Meeting {
  readonly owner: Owner;
  readonly target: Owner | undefined;
  /** The external id that the call gives. */
  readonly user: string | undefined;
  /** Who is to be merged with the target already. */
  readonly merges: readonly Owner[];
}

/** Undefined when nothing speaks against merging. */
export const holdMerge = (
  { owner, target, user, merges }: Meeting,
  { mergesPerHourMax, now }: MergeRules,
): HoldReason | undefined => {
  const one = owner.profile;
  if (!one) return undefined;
  const others = [target, ...merges].flatMap((other) => other?.profile ?? []);
  const ids = [
    ...others.flatMap(({ externalIds }) => externalIds),
    ...(user === undefined ? [] : [user]),
  ];
  if (areStrangers(one.externalIds, ids) || others.length === 0) return "external_ids";
  if (others.some((other) => areToldApart(one, other))) return "undone";
  const all = [one, ...others];
  if (isTooMuch(all)) return "limit";
  const rate = Math.max(...all.map((profile) => mergesInHour(profile, now)));
  return rate + merges.length >= mergesPerHourMax ? "merge_rate" : undefined;
};

/** Known to be two people: each has external ids, and none of them is the other's. */
const areStrangers = (one: readonly string[], other: readonly string[]): boolean =>
  one.length > 0 && other.length > 0 && !one.some((id) => other.includes(id));

const areToldApart = (one: Profile, other: Profile): boolean =>
  familyOf(one).some((id) => other.notSameAs.includes(id)) ||
  familyOf(other).some((id) => one.notSameAs.includes(id));

/** What one document should not outgrow. */
export const isTooMuch = (profiles: readonly Profile[]): boolean => {
  const sum = (sizeOf: (profile: Profile) => number): number =>
    profiles.reduce((total, profile) => total + sizeOf(profile), 0);
  return (
    sum(({ lineAccounts }) => lineAccounts.length) > limits.lineAccountsMax ||
    sum(({ traits }) => Object.keys(traits).length) > limits.mergedTraitsMax ||
    sum((profile) => familyOf(profile).length) > limits.mergedProfilesMax
  );
};

const hourMs = 3_600_000;
const hourOf = (now: Date): number => Math.floor(now.getTime() / hourMs);

/** All merges by themselves of two people who become one, and this one of them. */
export const rateAfter = (
  { mergeRate: one }: Profile,
  { mergeRate: other }: Profile,
  { askedBy, startedAt }: Pick<Merge, "askedBy" | "startedAt">,
): Profile["mergeRate"] => {
  const known = [one, other].filter((rate) => rate !== null);
  if (known.length === 0 && askedBy !== "identify") return null;
  const hour = Math.max(hourOf(startedAt), ...known.map((rate) => rate.hour));
  const before = known
    .filter((rate) => rate.hour === hour)
    .reduce((sum, { merges }) => sum + merges, 0);
  return { hour, merges: before + (askedBy === "identify" ? 1 : 0) };
};

const mergesInHour = ({ mergeRate }: Profile, now: Date): number =>
  mergeRate?.hour === hourOf(now) ? mergeRate.merges : 0;
