import { erasedRef, isWalked, parseProfileRef } from "@yubin/types";

import type { Recipient } from "./batch.ts";
import type { PlanDeps } from "./plan-campaign.ts";
import type { Campaign } from "./ports.ts";
import { withVariant } from "./variants.ts";

/** Where planning reads whom a campaign is for. */
export interface AudienceReader {
  /** Everyone who follows, or those of them whom a filter means, in the order of their ids, from a place on. */
  walkPeople(campaign: Campaign, cursor: string | null): PeopleWalk;
  /** The next rows of the uploaded list, of one page; undefined at its end. */
  readList(
    campaign: Campaign,
    from: { readonly cursor: string | null; readonly count: number },
  ): Promise<ListRows | undefined>;
  /** Profile ids behind references, in their order; undefined where there is nobody. */
  resolve(workspaceId: string, refs: readonly string[]): Promise<(string | undefined)[]>;
  /** Those whom the campaign leaves out. */
  excluded(campaign: Campaign, profileIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Removes what the list says of its people: it is in the batches of those who wait for it. Safe to repeat. */
  dropData(campaign: Campaign): Promise<void>;
}

/** Reads on where it stands, so that a long list is gone through once and not looked for again at each batch. */
export interface PeopleWalk extends AsyncDisposable {
  /** The next so many profile ids; fewer only at the end. */
  next(count: number): Promise<string[]>;
}

export interface ListRow {
  readonly ref: string;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

export interface ListRows {
  readonly rows: readonly ListRow[];
  readonly cursor: string;
}

export interface WalkPages {
  after(cursor: string | null, count: number): Promise<string[]>;
  close(): Promise<void>;
}

/** Goes on with one walk for as long as nobody else plans the same campaign, and starts another where they are. */
export const createWalkPages = (audience: AudienceReader, campaign: Campaign): WalkPages => {
  let walk: PeopleWalk | undefined;
  let standsAt: string | null = null;
  return {
    after: async (cursor, count) => {
      if (standsAt !== cursor) await walk?.[Symbol.asyncDispose]();
      if (!walk || standsAt !== cursor) walk = audience.walkPeople(campaign, cursor);
      const ids = await walk.next(count);
      standsAt = ids.at(-1) ?? cursor;
      return ids;
    },
    close: async () => walk?.[Symbol.asyncDispose](),
  };
};

/** What it takes to know who is next. */
export interface PlanPeopleDeps extends Pick<PlanDeps, "audience" | "now" | "batchSizes"> {
  readonly plans: Pick<PlanDeps["plans"], "placed">;
}

export interface NextPeople {
  readonly count: number;
  readonly cursor: string;
  /** Who they are, and who of them is not sent anything from the start. */
  recipients(): Promise<readonly Recipient[]>;
}

/** The people of the batch that starts at a place; undefined at the end of the audience. */
export const readNext = async (
  deps: PlanPeopleDeps,
  campaign: Campaign,
  place: { readonly cursor: string | null; readonly walk: WalkPages },
): Promise<NextPeople | undefined> => {
  const next = await readPlaces(deps, campaign, place);
  return (
    next && {
      ...next,
      recipients: async () =>
        (await next.recipients()).map((one) => withVariant(campaign, one, deps.now())),
    }
  );
};

const readPlaces = async (
  deps: PlanPeopleDeps,
  campaign: Campaign,
  { cursor, walk }: { readonly cursor: string | null; readonly walk: WalkPages },
): Promise<NextPeople | undefined> => {
  const count = campaign.personal ? deps.batchSizes.personal : deps.batchSizes.multicast;
  if (isWalked(campaign.audience)) {
    const ids = await walk.after(cursor, count);
    const last = ids.at(-1);
    if (last === undefined) return undefined;
    return {
      count: ids.length,
      cursor: last,
      recipients: () => withoutExcluded(deps, campaign, ids),
    };
  }
  const found = await nextRows(deps, campaign, { cursor, count });
  return (
    found && {
      count: found.rows.length,
      cursor: found.cursor,
      recipients: () => named(deps, campaign, found.rows),
    }
  );
};

const nextRows = async (
  { audience }: PlanPeopleDeps,
  campaign: Campaign,
  { cursor, count }: { readonly cursor: string | null; readonly count: number },
): Promise<ListRows | undefined> => {
  if (campaign.audience.type !== "refs") return audience.readList(campaign, { cursor, count });
  const from = Number(cursor ?? 0);
  const refs = campaign.audience.refs.slice(from, from + count);
  if (refs.length === 0) return undefined;
  return { rows: refs.map((ref) => ({ ref })), cursor: String(from + refs.length) };
};

const withoutExcluded = async (
  deps: PlanPeopleDeps,
  campaign: Campaign,
  ids: readonly string[],
): Promise<Recipient[]> => {
  const excluded = await excludedAmong(deps, campaign, ids);
  const end = { outcome: "skipped", reason: "excluded", settledAt: deps.now() } as const;
  return ids.map((profileId) => (excluded.has(profileId) ? { profileId, ...end } : { profileId }));
};

const nobody: ReadonlySet<string> = new Set();

const excludedAmong = async (
  { audience }: PlanPeopleDeps,
  campaign: Campaign,
  ids: readonly string[],
): Promise<ReadonlySet<string>> =>
  campaign.exclude === null || ids.length === 0 ? nobody : audience.excluded(campaign, ids);

/** Each person once, whatever they are called by; what leads to nobody is an outcome, not a failure. */
const named = async (
  deps: PlanPeopleDeps,
  campaign: Campaign,
  rows: readonly ListRow[],
): Promise<Recipient[]> => {
  const settledAt = deps.now();
  const refs = rows.map(({ ref }) => ref);
  const profileIds = await deps.audience.resolve(campaign.workspaceId, refs);
  const known = [...new Set(profileIds.filter((id) => id !== undefined))];
  const [before, excluded] = await Promise.all([
    deps.plans.placed(campaign, known),
    excludedAmong(deps, campaign, known),
  ]);
  const here = new Set<string>();
  return rows.map(({ ref, data }, place): Recipient => {
    const skipped = (reason: string): Recipient => ({ ref, outcome: "skipped", reason, settledAt });
    const profileId = profileIds[place];
    if (ref === erasedRef) return { outcome: "skipped", reason: "erased", settledAt };
    if (!parseProfileRef(ref)) return skipped("ref_invalid");
    if (profileId === undefined) return skipped("not_found");
    if (before.has(profileId) || here.has(profileId)) return skipped("duplicate");
    here.add(profileId);
    if (excluded.has(profileId)) return { ...skipped("excluded"), profileId };
    return { ref, profileId, ...(data && campaign.personal ? { data } : {}) };
  });
};
