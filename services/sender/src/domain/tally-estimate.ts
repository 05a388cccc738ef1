import type { RenderFailure } from "@yubin/liquid";
import type { EstimateCounts } from "@yubin/types";

import type { Decision } from "./decide.ts";

type SkipReason = Extract<Decision, { kind: "skip" }>["reason"];

/** Where an estimate puts a person. */
export type EstimateKind =
  | "reachable"
  | "blocked"
  | "noLineId"
  | "suppressed"
  | "excluded"
  | "controlGroup"
  | "noConsent"
  | "overCap"
  | "quietHours"
  | "expired"
  | "missingAttribute"
  | "renderFailed"
  | "duplicates"
  | "notFound";

/** Whoever gives sending another reason to skip says here what an estimate calls it. */
const kindOfSkip: Readonly<Record<SkipReason, EstimateKind>> = {
  control_group: "controlGroup",
  erased: "notFound",
  expired: "expired",
  merged: "duplicates",
  no_consent: "noConsent",
  no_line_id: "noLineId",
  not_following: "blocked",
  not_found: "notFound",
  over_cap: "overCap",
  quiet_hours: "quietHours",
  suppressed: "suppressed",
};

const kindOfWords: Readonly<Record<RenderFailure, EstimateKind>> = {
  missing_attribute: "missingAttribute",
  rendered_blank: "renderFailed",
  rendered_invalid: "renderFailed",
  rendered_too_long: "renderFailed",
  template_failed: "renderFailed",
  template_memory: "renderFailed",
  template_timeout: "renderFailed",
};

const kindOfPlan: Readonly<Record<string, EstimateKind>> = {
  control_group: "controlGroup",
  duplicate: "duplicates",
  excluded: "excluded",
};

export const kindOf = ({
  skipped,
  failed,
}: {
  readonly skipped?: SkipReason | undefined;
  /** Of their words. */
  readonly failed?: RenderFailure | undefined;
}): EstimateKind => {
  if (skipped !== undefined) return kindOfSkip[skipped];
  return failed === undefined ? "reachable" : kindOfWords[failed];
};

/** Of whom planning ends already. */
export const kindOfPlanned = (reason: string | undefined): EstimateKind =>
  kindOfPlan[reason ?? ""] ?? "notFound";

type Kinds = Readonly<Record<EstimateKind, number>>;
const none: Kinds = {
  reachable: 0,
  blocked: 0,
  noLineId: 0,
  suppressed: 0,
  excluded: 0,
  controlGroup: 0,
  noConsent: 0,
  overCap: 0,
  quietHours: 0,
  expired: 0,
  missingAttribute: 0,
  renderFailed: 0,
  duplicates: 0,
  notFound: 0,
};

/** What has been counted: some people one by one, then pages of people of which a random part is. */
export interface EstimateTally {
  readonly counted: Kinds;
  readonly sampled: Kinds;
  /** Over the sampled pages: how many, their people, and sums of squares of people and reachable for the margin. */
  readonly pages: number;
  readonly people: number;
  readonly peopleSquared: number;
  readonly reachableSquared: number;
  readonly reachableTimesPeople: number;
  readonly passedPages: number;
  readonly passedPeople: number;
}

export const emptyTally: EstimateTally = {
  counted: none,
  sampled: none,
  pages: 0,
  people: 0,
  peopleSquared: 0,
  reachableSquared: 0,
  reachableTimesPeople: 0,
  passedPages: 0,
  passedPeople: 0,
};

export const addCounted = (
  tally: EstimateTally,
  kinds: readonly EstimateKind[],
): EstimateTally => ({
  ...tally,
  counted: sumOf(tally.counted, kinds),
});

export const addSampled = (tally: EstimateTally, kinds: readonly EstimateKind[]): EstimateTally => {
  const people = kinds.length;
  const reachable = kinds.filter((kind) => kind === "reachable").length;
  return {
    ...tally,
    sampled: sumOf(tally.sampled, kinds),
    pages: tally.pages + 1,
    people: tally.people + people,
    peopleSquared: tally.peopleSquared + people ** 2,
    reachableSquared: tally.reachableSquared + reachable ** 2,
    reachableTimesPeople: tally.reachableTimesPeople + reachable * people,
  };
};

export const addPassed = (tally: EstimateTally, people: number): EstimateTally => ({
  ...tally,
  passedPages: tally.passedPages + 1,
  passedPeople: tally.passedPeople + people,
});

const sumOf = (before: Kinds, kinds: readonly EstimateKind[]): Kinds => {
  const after = { ...before };
  for (const kind of kinds) after[kind] += 1;
  return after;
};

/** Of 95 in 100 random samples the truth is within so many standard errors. */
const confidence = 1.96;

/**
 * The people who were passed over are taken to be as the sampled ones are; with fewer than two sampled pages as those
 * who were counted, and then the margin is all of them.
 */
export const estimateFrom = (tally: EstimateTally): EstimateCounts => {
  const beyond = tally.people + tally.passedPeople;
  const isSample = tally.passedPeople > 0;
  const isTold = tally.pages >= 2;
  const like = isTold ? tally.sampled : sumKinds(tally.counted, tally.sampled);
  const likePeople = total(like);
  const share = (kind: EstimateKind): number =>
    isSample && likePeople > 0
      ? Math.round((like[kind] * beyond) / likePeople)
      : tally.sampled[kind];
  const audience = total(tally.counted) + beyond;
  const kinds = { ...none };
  for (const kind of Object.keys(none) as EstimateKind[])
    kinds[kind] = tally.counted[kind] + share(kind);
  // Rounding must not make people.
  kinds.reachable = Math.max(0, kinds.reachable + audience - total(kinds));
  return {
    audience,
    ...kinds,
    quotaNeeded: kinds.reachable,
    quotaLeft: null,
    quotaShort: null,
    quotaForecast: null,
    sample: isSample,
    margin: isSample ? (isTold ? Math.min(beyond, marginOf(tally)) : beyond) : 0,
  };
};

/** Of a ratio estimated from whole pages: people on one page are alike, so pages are what was drawn. */
const marginOf = (tally: EstimateTally): number => {
  const { pages, people, passedPages } = tally;
  const share = tally.sampled.reachable / people;
  const deviations =
    tally.reachableSquared -
    2 * share * tally.reachableTimesPeople +
    share ** 2 * tally.peopleSquared;
  const variance = Math.max(0, deviations) / (pages - 1);
  const all = pages + passedPages;
  return Math.ceil(confidence * all * Math.sqrt((variance / pages) * (passedPages / all)));
};

const total = (kinds: Kinds): number => Object.values(kinds).reduce((sum, one) => sum + one, 0);

const sumKinds = (one: Kinds, other: Kinds): Kinds => {
  const sum = { ...none };
  for (const kind of Object.keys(none) as EstimateKind[]) sum[kind] = one[kind] + other[kind];
  return sum;
};
