import type { NameWanted } from "./fetch-name.ts";
import { findKnown } from "./known-followers.ts";
import type { PeopleStore } from "./people-store.ts";

/** An import whose people may still be without a name. */
export interface NamesDue {
  readonly workspaceId: string;
  readonly channelId: string;
  readonly backfillId: string;
  /** The last of its events that was looked at. */
  readonly after: string;
}

export interface FeedNamesDeps {
  readonly due: {
    find(): Promise<NamesDue[]>;
    /** Events of the import after the last one, with whom they are about. */
    page(names: NamesDue, limit: number): Promise<{ id: string; lineUserId: string }[]>;
    /** `null`: all were looked at. */
    move(names: NamesDue, after: string | null): Promise<void>;
  };
  readonly people: Pick<PeopleStore, "findAliases" | "findProfiles">;
  readonly providerOf: (workspaceId: string, channelId: string) => Promise<string | undefined>;
  /** Names that are being asked for already. */
  readonly underWay: () => Promise<number>;
  readonly enqueue: (wanted: readonly NameWanted[]) => Promise<void>;
}

const pageSize = 100;
/** So few that whoever follows now has a name within seconds, and Redis does not fill. */
const underWayMax = 100;

/**
 * Asks for the names of people whom imports found, a few at a time, for as long as it takes. It says for how many; the
 * place is moved after they were asked for, so none is left out.
 */
export const feedNames = async (deps: FeedNamesDeps, signal: AbortSignal): Promise<number> => {
  let fed = 0;
  for (const first of await deps.due.find()) {
    let names = first;
    while (!signal.aborted) {
      if ((await deps.underWay()) >= underWayMax) return fed;
      const page = await deps.due.page(names, pageSize);
      const wanted = await unnamedOf(deps, names, page);
      if (wanted.length > 0) await deps.enqueue(wanted);
      fed += wanted.length;
      const last = page.length < pageSize ? null : (page.at(-1)?.id ?? null);
      await deps.due.move(names, last);
      if (last === null) break;
      names = { ...names, after: last };
    }
  }
  return fed;
};

const unnamedOf = async (
  { people, providerOf }: FeedNamesDeps,
  { workspaceId, channelId }: NamesDue,
  page: readonly { lineUserId: string }[],
): Promise<NameWanted[]> => {
  const provider = await providerOf(workspaceId, channelId);
  if (provider === undefined) return [];
  const lineUserIds = page.map(({ lineUserId }) => lineUserId);
  const known = await findKnown(people, { workspaceId, channelId, provider }, lineUserIds);
  return [...known].flatMap(([lineUserId, { profile, account }]) =>
    account.fetchedAt === null && account.friendship[channelId]?.state === "following"
      ? [{ workspaceId, channelId, profileId: profile.id, lineUserId }]
      : [],
  );
};
