import { recipientsOf, type BatchRow, type ProfileRow, type Store } from "@yubin/store";
import type { CampaignExclude } from "@yubin/types";

import type { AudienceReader } from "../domain/plan-people.ts";
import type { Campaign } from "../domain/ports.ts";
import { createBatchFinder, type PlannedFor } from "./batch-finder.ts";
import { filterQuery } from "./filter-query.ts";

type Excludes = Pick<Campaign, "workspaceId" | "channelId" | "launchedAt" | "startsAt" | "exclude">;

/** Of an excluded campaign, how many batches are read at once. */
const batchesAtOnce = 20;

/** Whom a campaign leaves out: people by name, by what is true of them, or by what another campaign was to them. */
export const createExclusions = (
  store: Store,
  resolve: AudienceReader["resolve"],
): AudienceReader["excluded"] => {
  const finder = createBatchFinder(store);
  /** For as long as somebody holds the campaign that they read, and plans or estimates it. */
  const named = new WeakMap<CampaignExclude, Promise<ReadonlySet<string>>>();
  const byName = (workspaceId: string, exclude: CampaignExclude): Promise<ReadonlySet<string>> => {
    const known = named.get(exclude) ?? idsOf(resolve, workspaceId, exclude.refs ?? []);
    named.set(exclude, known);
    return known;
  };
  return async (campaign, profileIds) => {
    const { exclude } = campaign;
    const out = new Set<string>();
    if (exclude?.refs) {
      const names = await byName(campaign.workspaceId, exclude);
      for (const id of profileIds) if (names.has(id)) out.add(id);
    }
    if (exclude?.where) for (const id of await meantBy(store, campaign, profileIds)) out.add(id);
    if (exclude?.campaigns) {
      const left = profileIds.filter((id) => !out.has(id));
      for (const id of await reachedBy(store, finder, { campaign, profileIds: left })) out.add(id);
    }
    return out;
  };
};

const idsOf = async (
  resolve: AudienceReader["resolve"],
  workspaceId: string,
  refs: readonly string[],
): Promise<ReadonlySet<string>> => {
  const ids = await resolve(workspaceId, refs);
  return new Set(ids.filter((one) => one !== undefined));
};

const meantBy = async (
  { profiles }: Store,
  { workspaceId, channelId, launchedAt, startsAt, exclude }: Excludes,
  profileIds: readonly string[],
): Promise<string[]> => {
  if (!exclude?.where) return [];
  const scope = { channelId, now: startsAt ?? launchedAt ?? new Date() };
  const rows = await profiles
    .find({ _id: { $in: [...profileIds] }, workspaceId, $and: [filterQuery(exclude.where, scope)] })
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  return rows.map(({ _id }) => _id);
};

/** Those who, or whose absorbed profiles, were accepted or may have been. */
const reachedBy = async (
  store: Store,
  finder: ReturnType<typeof createBatchFinder>,
  { campaign, profileIds }: { readonly campaign: Excludes; readonly profileIds: readonly string[] },
): Promise<Set<string>> => {
  const { workspaceId, exclude } = campaign;
  const others = await store.campaigns
    .find({ _id: { $in: [...(exclude?.campaigns ?? [])] }, workspaceId })
    .project<{ _id: string } & Omit<PlannedFor, "id">>({
      workspaceId: 1,
      "audience.type": 1,
      placesGone: 1,
    })
    .toArray();
  const survivorOf = await absorbedBy(store, workspaceId, profileIds);
  const ids = [...profileIds, ...survivorOf.keys()];
  const reached = new Set<string>();
  for (const { _id: id, audience, placesGone } of others) {
    const batchIds = [...(await finder.batchesOf({ id, workspaceId, audience, placesGone }, ids))];
    for (let from = 0; from < batchIds.length; from += batchesAtOnce) {
      const some = { $in: batchIds.slice(from, from + batchesAtOnce) };
      const rows = store.batches
        .find({ _id: some, workspaceId })
        .project<Pick<BatchRow, "recipients" | "packed">>({ recipients: 1, packed: 1 });
      for await (const row of rows)
        for (const { profileId, outcome } of recipientsOf(row))
          if (profileId !== undefined && (outcome === "accepted" || outcome === "unknown"))
            reached.add(profileId);
    }
  }
  return new Set(ids.filter((id) => reached.has(id)).map((id) => survivorOf.get(id) ?? id));
};

/** Profiles that were merged into these, each with the one that it is now. */
const absorbedBy = async (
  { profiles }: Store,
  workspaceId: string,
  profileIds: readonly string[],
): Promise<Map<string, string>> => {
  const rows = await profiles
    .find({ _id: { $in: [...profileIds] }, workspaceId, "mergedFrom.0": { $exists: true } })
    .project<Pick<ProfileRow, "_id" | "mergedFrom">>({ mergedFrom: 1 })
    .toArray();
  return new Map(rows.flatMap(({ _id, mergedFrom }) => mergedFrom.map((id) => [id, _id] as const)));
};
