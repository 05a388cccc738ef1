import type { AudienceFilter, FilterPeriod, Scalar, TraitCondition } from "@yubin/types";

import { timeOf, type FilterScope } from "../domain/matches-filter.ts";

export type FilterQuery = Readonly<Record<string, unknown>>;

/**
 * The one place where a filter becomes a query over profiles. Names of traits and purposes are parts of paths here, and
 * were checked to hold neither `.` nor `$`; values only ever stand where the database takes a value.
 */
export const filterQuery = (filter: AudienceFilter, scope: FilterScope): FilterQuery => {
  if ("all" in filter) return { $and: filter.all.map((one) => filterQuery(one, scope)) };
  if ("any" in filter) return { $or: filter.any.map((one) => filterQuery(one, scope)) };
  if ("not" in filter) return { $nor: [filterQuery(filter.not, scope)] };
  if ("trait" in filter) return traitQuery(filter);
  if ("consent" in filter) {
    const path = `consents.${filter.consent}`;
    if (filter.is === "unknown") return { [path]: { $exists: false } };
    return { [`${path}.granted`]: filter.is === "given" };
  }
  if ("friendship" in filter) {
    const channelId = filter.channelId ?? scope.channelId;
    if (filter.friendship === "following") return { friendOf: channelId };
    const isNoFriend = { friendOf: { $ne: channelId } };
    return filter.friendship === "blocked"
      ? { $and: [isNoFriend, { blockedOn: channelId }] }
      : { $and: [isNoFriend, { blockedOn: { $ne: channelId } }] };
  }
  if ("externalId" in filter)
    return { externalId: filter.externalId.exists ? { $ne: null } : null };
  if ("createdAt" in filter) return { createdAt: periodQuery(filter.createdAt, scope) };
  const path = `friendship.${scope.channelId}`;
  const followed = {
    [`${path}.state`]: "following",
    [`${path}.at`]: periodQuery(filter.lastFollow, scope),
  };
  return { lineAccounts: { $elemMatch: followed } };
};

const periodQuery = ({ before, after }: FilterPeriod, { now }: FilterScope): FilterQuery => ({
  ...(before === undefined ? {} : { $lt: timeOf(before, now) }),
  ...(after === undefined ? {} : { $gt: timeOf(after, now) }),
});

const traitQuery = (tests: TraitCondition): FilterQuery => {
  const path = `traits.${tests.trait}`;
  const { is, isNot, in: among, exists, startsWith } = tests;
  const queries: FilterQuery[] = [];
  if (is !== undefined) queries.push(isOneOf(path, [is]));
  if (isNot !== undefined) queries.push({ $nor: [isOneOf(path, [isNot])] });
  if (among !== undefined) queries.push(isOneOf(path, among));
  for (const order of ["gt", "gte", "lt", "lte"] as const)
    if (tests[order] !== undefined) queries.push({ [path]: { [`$${order}`]: tests[order] } });
  if (exists !== undefined) queries.push({ [path]: { $exists: exists } });
  if (startsWith !== undefined) queries.push({ [path]: { $regex: `^${literally(startsWith)}` } });
  return queries.length === 1 ? (queries[0] ?? {}) : { $and: queries };
};

/** For the database an absent value equals null; here only one that was set to null does. */
const isOneOf = (path: string, values: readonly Scalar[]): FilterQuery => {
  const others = values.filter((value) => value !== null);
  const among = { [path]: { $in: others } };
  const isNull = { [path]: { $type: "null" } };
  if (others.length === values.length) return among;
  return others.length === 0 ? isNull : { $or: [among, isNull] };
};

/** A text in which nothing has a meaning for a regular expression. */
const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
