import type { ProfileRow, Store } from "@yubin/store";
import { aliasKey, lineAlias, type AliasName } from "@yubin/types";

import type { PeopleFilter } from "../domain/people-filter.ts";
import type { SearchPage } from "../domain/profile.ts";

export interface RowsFound {
  readonly rows: readonly ProfileRow[];
  /** The id after which to look on; undefined at the end. */
  readonly next: string | undefined;
}

/** Ids that one query looks at, for filters that no index answers. */
const windowIds = 5_000;

/**
 * People in the order of their ids. Names go through the aliases; friendship has an index; what has neither is looked
 * for in windows of ids until the time is up, so that a page may hold fewer people than asked for and still have a next.
 */
export const createProfileSearch =
  (store: Store) =>
  async (workspaceId: string, filter: PeopleFilter, page: SearchPage): Promise<RowsFound> => {
    const conditions = conditionsOf(filter);
    const ids = await namedIds(store, workspaceId, filter);
    if (ids) return findAmong(store, { workspaceId, _id: { $in: ids } }, { conditions, page });
    const base = { workspaceId, ...friendshipOf(filter) };
    return conditions.length === 0
      ? findAmong(store, base, { conditions, page })
      : findInWindows(store, base, { conditions, page });
  };

type Conditions = readonly Record<string, unknown>[];
type Base = Readonly<Record<string, unknown>> & { readonly workspaceId: string };
interface Search {
  readonly conditions: Conditions;
  readonly page: SearchPage;
}

const findAmong = async (
  store: Store,
  base: Base,
  { conditions, page: { after, limit } }: Search,
): Promise<RowsFound> => {
  const found = await findLive(store, base, {
    conditions: [{ _id: { $gt: after } }, ...conditions],
    limit: limit + 1,
  });
  const rows = found.slice(0, limit);
  return { rows, next: found.length > limit ? rows.at(-1)?._id : undefined };
};

const findInWindows = async (
  store: Store,
  base: Base,
  { conditions, page: { after, limit, isTimeUp } }: Search,
): Promise<RowsFound> => {
  const rows: ProfileRow[] = [];
  for (let from = after; ;) {
    const to = await endOfWindow(store, base, from);
    const window = { _id: { $gt: from, ...(to === undefined ? {} : { $lte: to }) } };
    const wanted = limit - rows.length;
    const found = await findLive(store, base, {
      conditions: [window, ...conditions],
      limit: wanted + 1,
    });
    rows.push(...found.slice(0, wanted));
    if (found.length > wanted) return { rows, next: rows.at(-1)?._id };
    if (to === undefined) return { rows, next: undefined };
    if (rows.length === limit || isTimeUp()) return { rows, next: to };
    from = to;
  }
};

/** The last id of a window, read from the index alone; undefined for the last window. */
const endOfWindow = async (
  { profiles }: Store,
  base: Base,
  after: string,
): Promise<string | undefined> => {
  const last = await profiles
    .find({ ...base, _id: { $gt: after } })
    .sort({ _id: 1 })
    .skip(windowIds - 1)
    .limit(1)
    .project<{ _id: string }>({ _id: 1 })
    .next();
  return last?._id;
};

const findLive = (
  { profiles }: Store,
  base: Base,
  { conditions, limit }: { conditions: Conditions; limit: number },
): Promise<ProfileRow[]> =>
  profiles
    .find({ ...base, $and: [...conditions, { mergedInto: null, erasedAt: null }] })
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();

/** The living people who have all the exact names in the filter; undefined where it has none. */
const namedIds = async (
  store: Store,
  workspaceId: string,
  filter: PeopleFilter,
): Promise<string[] | undefined> => {
  const groups = await namesIn(store, workspaceId, filter);
  if (groups.length === 0) return undefined;
  const ids = await Promise.all(groups.map((names) => survivorsOf(store, workspaceId, names)));
  return ids.reduce((common, more) => common.filter((id) => more.includes(id)));
};

const namesIn = async (
  { channels }: Store,
  workspaceId: string,
  { externalId, email, line }: PeopleFilter,
): Promise<AliasName[][]> => {
  const groups: AliasName[][] = [];
  if (externalId !== undefined) groups.push([{ kind: "user", value: externalId }]);
  if (email !== undefined) groups.push([{ kind: "email", value: email }]);
  if (line) {
    const providers =
      line.provider === undefined
        ? await channels.distinct("provider", { workspaceId })
        : [line.provider];
    groups.push(providers.map((provider) => lineAlias(provider, line.lineUserId)));
  }
  return groups;
};

const hopsMax = 8;

const survivorsOf = async (
  { aliases, profiles }: Store,
  workspaceId: string,
  names: readonly AliasName[],
): Promise<string[]> => {
  const keys = names.map((name) => aliasKey(workspaceId, name));
  const found = await aliases.find({ _id: { $in: keys }, workspaceId }).toArray();
  let ids = [...new Set(found.map(({ profileId }) => profileId))];
  for (let hop = 0; hop < hopsMax; hop += 1) {
    const rows = await profiles
      .find({ _id: { $in: ids }, workspaceId })
      .project<{ _id: string; mergedInto: string | null }>({ mergedInto: 1 })
      .toArray();
    if (rows.every(({ mergedInto }) => mergedInto === null)) break;
    ids = [...new Set(rows.map(({ _id, mergedInto }) => mergedInto ?? _id))];
  }
  return ids;
};

const friendshipOf = ({ friendship }: PeopleFilter): Record<string, string> => {
  if (!friendship) return {};
  return friendship.state === "following"
    ? { friendOf: friendship.channelId }
    : { blockedOn: friendship.channelId };
};

/** What is left to be looked at in the rows themselves. */
const conditionsOf = (filter: PeopleFilter): Conditions => [
  ...(filter.name === undefined ? [] : [namedLike(filter.name)]),
  ...(filter.suppressed === undefined
    ? []
    : [{ suppression: filter.suppressed ? { $ne: null } : null }]),
  ...(filter.identified === undefined
    ? []
    : [{ externalId: filter.identified ? { $ne: null } : null }]),
  ...(filter.externalId !== undefined || filter.email !== undefined || filter.line
    ? [friendshipOf(filter)]
    : []),
  ...(filter.attributes ?? []).map(({ key, values }) => attributeIs(`traits.${key}`, values)),
];

const namedLike = (name: string): Record<string, unknown> => {
  const like = { $regex: name.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"), $options: "i" };
  return { $or: [{ "lineAccounts.displayName": like }, { "traits.name": like }] };
};

/** For the database an absent trait equals null; here only one that was set to null does. */
const attributeIs = (path: string, values: readonly unknown[]): Record<string, unknown> => ({
  $or: values.map((value) => ({ [path]: value === null ? { $type: "null" } : value })),
});
