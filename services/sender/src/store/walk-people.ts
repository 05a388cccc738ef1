import type { ProfileRow, Store } from "@yubin/store";

import type { PeopleWalk } from "../domain/plan-people.ts";
import type { Campaign } from "../domain/ports.ts";
import { filterQuery } from "./filter-query.ts";

/** Ids that one answer of the server holds. */
const walkBatchSize = 2_000;
/** Friends among whom one query looks for those whom a filter means: none of them may take the server long. */
const windowIds = 20_000;

export type WalkedFor = Pick<
  Campaign,
  "workspaceId" | "channelId" | "audience" | "launchedAt" | "startsAt"
>;
interface IdsWalk extends AsyncDisposable {
  next(): Promise<string | undefined>;
}

/** Living people who follow, in the order of their ids; of a filter, those for whom it is true when they are read. */
export const walkPeople = (
  store: Store,
  campaign: WalkedFor,
  cursor: string | null,
  window = windowIds,
): PeopleWalk => {
  const ids =
    campaign.audience.type === "filter"
      ? walkWindows(store, campaign, { cursor, size: window })
      : walkAll(store, campaign, { _id: { $gt: cursor ?? "" } });
  return {
    next: async (count) => {
      const page: string[] = [];
      while (page.length < count) {
        const id = await ids.next();
        if (id === undefined) break;
        page.push(id);
      }
      return page;
    },
    [Symbol.asyncDispose]: () => ids[Symbol.asyncDispose](),
  };
};

const walkAll = (
  { profiles }: Store,
  { workspaceId, channelId }: WalkedFor,
  more: Readonly<Record<string, unknown>>,
): IdsWalk => {
  const rows = profiles
    .find({ workspaceId, friendOf: channelId, mergedInto: null, erasedAt: null, ...more })
    .project<Pick<ProfileRow, "_id">>({ _id: 1 })
    .sort({ _id: 1 })
    .batchSize(walkBatchSize);
  return {
    next: async () => (await rows.next())?._id,
    [Symbol.asyncDispose]: () => rows.close(),
  };
};

/** Window by window, as a filter that means few people has the server look at many. */
const walkWindows = (
  store: Store,
  campaign: WalkedFor,
  { cursor, size }: { readonly cursor: string | null; readonly size: number },
): IdsWalk => {
  let from: string | undefined = cursor ?? "";
  let window: IdsWalk | undefined;
  return {
    next: async () => {
      for (;;) {
        const id = await window?.next();
        if (id !== undefined) return id;
        await window?.[Symbol.asyncDispose]();
        if (from === undefined) return undefined;
        const to = await endOfWindow(store, campaign, { after: from, size });
        const among = { $gt: from, ...(to === undefined ? {} : { $lte: to }) };
        window = walkAll(store, campaign, { _id: among, ...meantBy(campaign) });
        from = to;
      }
    },
    [Symbol.asyncDispose]: async () => window?.[Symbol.asyncDispose](),
  };
};

/** Days are counted back from the start, so that everybody who plans counts the same ones. */
const meantBy = ({
  audience,
  channelId,
  launchedAt,
  startsAt,
}: WalkedFor): Readonly<Record<string, unknown>> =>
  audience.type === "filter"
    ? {
        $and: [
          filterQuery(audience.where, { channelId, now: startsAt ?? launchedAt ?? new Date() }),
        ],
      }
    : {};

/** The last id of a window, read from the index alone; undefined for the last window. */
const endOfWindow = async (
  { profiles }: Store,
  { workspaceId, channelId }: WalkedFor,
  { after, size }: { readonly after: string; readonly size: number },
): Promise<string | undefined> => {
  const last = await profiles
    .find({ workspaceId, friendOf: channelId, _id: { $gt: after } })
    .sort({ _id: 1 })
    .skip(size - 1)
    .limit(1)
    .project<Pick<ProfileRow, "_id">>({ _id: 1 })
    .next();
  return last?._id;
};
