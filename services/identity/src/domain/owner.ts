import { proofStrength } from "@yubin/types";

import { findAccount, type Link } from "./link-account.ts";
import { mergeAccounts } from "./merge-accounts.ts";
import type { LineAccount, Profile } from "./profile.ts";

/** What the row of an alias says. */
export interface AliasHeld {
  readonly workspaceId: string;
  readonly kind: string;
  readonly value: string;
  /** The profile that the name belongs to; it may be merged into another. */
  readonly homeId: string;
  /** What brought it there: a kind of proof, or who decided. */
  readonly proof: string;
  /** When whoever has it last proved it; null where nobody did, or nobody asked. */
  readonly provenAt: Date | null;
  /** Whose it was, while the account may still be there. */
  readonly movedFrom: string | null;
  /** All whose it was before. */
  readonly formerHomes: readonly string[];
  /** The event that moved it last. */
  readonly movedBy: string | null;
}

/** What the database says about the people behind some events. */
export interface Known {
  /** By alias key. */
  readonly aliases: ReadonlyMap<string, AliasHeld>;
  /** By id, with every profile that a merged one leads to. */
  readonly profiles: ReadonlyMap<string, Profile>;
}

/** The person behind an alias; without a profile when the alias was written and its profile not yet. */
export interface Owner {
  /** The alias' own profile: what is told under this name is told of it, also after an undo. */
  readonly homeId: string;
  /** The living one that it leads to. */
  readonly profileId: string;
  readonly profile: Profile | undefined;
  /** When they last proved the name that they were found by. */
  readonly provenAt?: Date | null;
}

/** Survivors are older than whom they absorb, so there is no circle; a storm of merges may be a long way ahead of settling. */
const hopsMax = 1_000;

/** Follows merges to the living profile. */
export const liveOwner = (profiles: ReadonlyMap<string, Profile>, homeId: string): Owner => {
  let profileId = homeId;
  for (let hop = 0; hop < hopsMax; hop += 1) {
    const profile = profiles.get(profileId);
    if (!profile || profile.mergedInto === null) return { homeId, profileId, profile };
    profileId = profile.mergedInto;
  }
  throw new Error("a merge chain is longer than it can be");
};

/** The LINE ID that an alias stands for. */
export const accountOfAlias = ({ kind, value }: Pick<AliasHeld, "kind" | "value">) => ({
  provider: kind.slice("line/".length),
  lineUserId: value,
});

/**
 * Takes a LINE account from one person to another, with its name and its friendships; what proved it was about the first.
 * The one who loses it is written in any case: whoever still thinks that the name leads there, and is about to put the
 * account there, comes too late.
 */
export const moveAccount = (
  lineId: Pick<Link, "provider" | "lineUserId">,
  { from, to }: { readonly from: Profile | undefined; readonly to: Profile },
): { readonly from: Profile | undefined; readonly to: Profile } => {
  if (!from) return { from, to };
  const account = findAccount(from.lineAccounts, lineId);
  if (!account) return { from: { ...from }, to };
  const left = from.lineAccounts.filter((one) => one !== account);
  const lineAccounts = mergeAccounts(to.lineAccounts, [withoutProof(account)]);
  return { from: { ...from, lineAccounts: left }, to: { ...to, lineAccounts } };
};

/** What LINE itself told says that the account exists, whoever it is. */
const withoutProof = (account: LineAccount): LineAccount =>
  proofStrength[account.proof.kind] <= proofStrength.follow
    ? account
    : { ...account, proof: { ...account.proof, kind: "event" } };
