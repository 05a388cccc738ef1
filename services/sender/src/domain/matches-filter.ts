import type {
  AudienceFilter,
  FilterMoment,
  FilterPeriod,
  Scalar,
  TraitCondition,
} from "@yubin/types";

/** What filters ask about a person. */
export interface FilterFacts {
  readonly externalId: string | null;
  readonly traits: Readonly<Record<string, unknown>>;
  readonly consents: Readonly<Record<string, { readonly granted: boolean }>>;
  readonly friendOf: readonly string[];
  readonly blockedOn: readonly string[];
  readonly lineAccounts: readonly {
    readonly friendship: Readonly<Record<string, { readonly state: string; readonly at: Date }>>;
  }[];
  readonly createdAt: Date;
}

/** What a filter is read in: of which channel, and as of when days are counted back. */
export interface FilterScope {
  readonly channelId: string;
  readonly now: Date;
}

const dayMs = 86_400_000;

export const timeOf = (moment: FilterMoment, now: Date): Date =>
  typeof moment === "string" ? new Date(moment) : new Date(now.getTime() - moment.daysAgo * dayMs);

/** Whether a filter is true of a person: for one at hand the same as the query of `store/filter-query.ts` for many. */
export const matchesFilter = (
  filter: AudienceFilter,
  facts: FilterFacts,
  scope: FilterScope,
): boolean => {
  if ("all" in filter) return filter.all.every((one) => matchesFilter(one, facts, scope));
  if ("any" in filter) return filter.any.some((one) => matchesFilter(one, facts, scope));
  if ("not" in filter) return !matchesFilter(filter.not, facts, scope);
  if ("trait" in filter) return matchesTrait(filter, facts.traits);
  if ("consent" in filter) return consentOf(facts, filter.consent) === filter.is;
  if ("friendship" in filter)
    return friendshipOf(facts, filter.channelId ?? scope.channelId) === filter.friendship;
  if ("externalId" in filter) return (facts.externalId !== null) === filter.externalId.exists;
  if ("createdAt" in filter) return isIn(filter.createdAt, facts.createdAt, scope);
  return facts.lineAccounts.some(({ friendship }) => {
    const known = Object.hasOwn(friendship, scope.channelId)
      ? friendship[scope.channelId]
      : undefined;
    return known?.state === "following" && isIn(filter.lastFollow, known.at, scope);
  });
};

const isIn = ({ before, after }: FilterPeriod, time: Date, { now }: FilterScope): boolean =>
  (before === undefined || time < timeOf(before, now)) &&
  (after === undefined || time > timeOf(after, now));

const consentOf = ({ consents }: FilterFacts, purpose: string): string => {
  const consent = Object.hasOwn(consents, purpose) ? consents[purpose] : undefined;
  if (!consent) return "unknown";
  return consent.granted ? "given" : "withdrawn";
};

const friendshipOf = ({ friendOf, blockedOn }: FilterFacts, channelId: string): string => {
  if (friendOf.includes(channelId)) return "following";
  return blockedOn.includes(channelId) ? "blocked" : "none";
};

/** Each test by itself; a list passes one where any of its values does. */
const matchesTrait = (
  tests: TraitCondition,
  traits: Readonly<Record<string, unknown>>,
): boolean => {
  const isThere = Object.hasOwn(traits, tests.trait);
  const value = traits[tests.trait];
  const values = isThere ? (Array.isArray(value) ? (value as unknown[]) : [value]) : [];
  const has = (wanted: Scalar): boolean => values.includes(wanted);
  const holds = (bound: string | number | undefined, test: (order: number) => boolean): boolean =>
    bound === undefined ||
    values.some((one) => {
      const order = orderOf(one, bound);
      return order !== undefined && test(order);
    });
  const { is, isNot, in: among, startsWith } = tests;
  return (
    (is === undefined || has(is)) &&
    (isNot === undefined || !has(isNot)) &&
    (among === undefined || among.some(has)) &&
    holds(tests.gt, (order) => order > 0) &&
    holds(tests.gte, (order) => order >= 0) &&
    holds(tests.lt, (order) => order < 0) &&
    holds(tests.lte, (order) => order <= 0) &&
    (tests.exists === undefined || tests.exists === isThere) &&
    (startsWith === undefined ||
      values.some((one) => typeof one === "string" && one.startsWith(startsWith)))
  );
};

/** Numbers among numbers, texts among texts by their bytes, as the database orders them; else there is no order. */
const orderOf = (value: unknown, bound: string | number): number | undefined => {
  if (typeof value === "number" && typeof bound === "number") return value - bound;
  if (typeof value === "string" && typeof bound === "string")
    return Buffer.compare(Buffer.from(value), Buffer.from(bound));
  return undefined;
};
