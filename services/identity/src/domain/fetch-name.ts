import { Failure } from "@yubin/errors";

import { findAccount, replaceAccount } from "./link-account.ts";
import type { PeopleStore } from "./people-store.ts";
import type { Profile } from "./profile.ts";
import { setName, type LineName } from "./set-name.ts";

/** A LINE account whose name is to be fetched. */
export interface NameWanted {
  readonly workspaceId: string;
  readonly channelId: string;
  readonly profileId: string;
  readonly lineUserId: string;
}

export interface FetchNameDeps {
  readonly people: Pick<PeopleStore, "findProfiles" | "updateProfiles">;
  readonly providerOf: (workspaceId: string, channelId: string) => Promise<string | undefined>;
  /** Asks LINE, at a polite pace. Fails with a `line.…` code. */
  readonly askLine: (wanted: NameWanted) => Promise<LineName>;
  readonly now: () => Date;
}

/** `refused`: LINE does not answer this channel, so nothing is known and nothing lost. */
export type NameFetched = "named" | "unnamed" | "refused" | "obsolete";

const roundsMax = 10;

/** Learns a person's display name from LINE. It never stands in the way of applying events. */
export const fetchName = async (deps: FetchNameDeps, wanted: NameWanted): Promise<NameFetched> => {
  const provider = await deps.providerOf(wanted.workspaceId, wanted.channelId);
  if (provider === undefined || !(await findHolder(deps, wanted, provider))) return "obsolete";

  const askedAt = deps.now();
  const name = await askOrRefused(deps, wanted);
  if (name === "refused") return "refused";
  for (let round = 0; round < roundsMax; round += 1) {
    const found = await findHolder(deps, wanted, provider);
    if (!found) return "obsolete";
    const account = setName(found.account, name, askedAt);
    const lineAccounts = replaceAccount(found.holder.lineAccounts, account);
    const { holder } = found;
    if (lineAccounts === holder.lineAccounts) return "obsolete";
    const next = { ...holder, lineAccounts, version: holder.version + 1, updatedAt: deps.now() };
    if (await deps.people.updateProfiles([next])) return name ? "named" : "unnamed";
  }
  throw new Failure("internal", "others kept writing about the same person");
};

/** A token that LINE does not take is the operator's to mend; until then the name is simply not known. */
const refusals = new Set<string>([
  "line.unauthorized",
  "line.forbidden",
  "line.refused",
  "token_invalid",
  "secret_invalid",
]);

const askOrRefused = async (
  { askLine }: FetchNameDeps,
  wanted: NameWanted,
): Promise<LineName | "refused"> => {
  try {
    return await askLine(wanted);
  } catch (error) {
    if (error instanceof Failure && refusals.has(error.code)) return "refused";
    throw error;
  }
};

const hopsMax = 8;

/** The account, wherever merges have brought it. */
const findHolder = async (
  { people }: FetchNameDeps,
  { workspaceId, profileId, lineUserId }: NameWanted,
  provider: string,
) => {
  let id: string | null = profileId;
  for (let hop = 0; hop < hopsMax && id !== null; hop += 1) {
    const [holder]: Profile[] = await people.findProfiles(workspaceId, [id]);
    const account = holder && findAccount(holder.lineAccounts, { provider, lineUserId });
    if (holder?.mergedInto === null) return account && { holder, account };
    id = holder?.mergedInto ?? null;
  }
  return undefined;
};
